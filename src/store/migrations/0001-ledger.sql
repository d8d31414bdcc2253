create table tenant (
  name text primary key,
  title text not null,
  created_at timestamptz not null
);

create table environment (
  name text primary key,
  spec jsonb not null,
  release text,
  generation text not null,
  base_digest text,
  -- Highest fencing token given out; a claim raises it (invariant E2).
  epoch bigint not null default 0 check (epoch >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table release (
  name text primary key,
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  content jsonb not null,
  metadata jsonb not null,
  created_at timestamptz not null,
  created_by text not null
);
create index release_digest on release (digest);

create sequence change_number;
create table change (
  id text primary key,
  number bigint not null unique,
  kind text not null,
  state text not null,
  environment text not null,
  spec jsonb not null,
  reason text not null,
  requested_by text not null,
  created_at timestamptz not null,
  plan_digest text,
  approved_digest text,
  approved_by text,
  deployment text
);
create index change_environment on change (environment, number desc);

-- The text is what was digested; the digest is checked again on every read.
create table plan (
  digest text primary key check (digest ~ '^sha256:[0-9a-f]{64}$'),
  canonical text not null,
  content jsonb not null,
  created_at timestamptz not null
);

create sequence deployment_number;
create table deployment (
  id text primary key,
  number bigint not null unique,
  change text not null references change (id),
  environment text not null references environment (name),
  host text not null,
  plan_digest text not null references plan (digest),
  state text not null check (state in ('queued', 'running', 'going-back', 'settling', 'settled', 'old-intact', 'needs-person')),
  position integer not null default 0 check (position >= 0),
  epoch bigint not null default 0,
  resumed_epoch bigint not null default 0,
  lease_owner text,
  beat bigint not null default 0,
  wake_at timestamptz,
  reason text,
  observed_class text,
  abort_requested boolean not null default false,
  hold_started_at timestamptz,
  hold_ended_at timestamptz,
  created_at timestamptz not null,
  ended_at timestamptz
);
-- S5: one deployment per environment. One that settles shares the environment while it is parked, not while it works.
create unique index deployment_active on deployment (environment)
  where state in ('queued', 'running', 'going-back', 'needs-person') or (state = 'settling' and lease_owner is not null);
create index deployment_of_change on deployment (change, number desc);
create index deployment_due on deployment (host) where state in ('queued', 'running', 'going-back', 'settling');

create table item_run (
  deployment text not null references deployment (id),
  position integer not null check (position >= 0),
  attempt integer not null check (attempt >= 1),
  item text not null,
  type text not null check (type in ('step', 'gate')),
  epoch bigint not null,
  state text not null check (state in ('started', 'done', 'failed', 'undoing', 'undone')),
  output jsonb,
  verdict jsonb,
  error jsonb,
  evidence jsonb,
  progress double precision,
  progress_message text,
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (deployment, position, attempt)
);

create table event (
  sequence bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  type text not null,
  subject_kind text not null,
  subject text not null,
  environment text,
  deployment text,
  data jsonb not null
);
create index event_subject on event (subject_kind, subject, sequence);
create index event_environment on event (environment, sequence);
create index event_deployment on event (deployment, sequence);

create function refuse_rewriting() returns trigger language plpgsql as $$
begin
  raise exception 'events are append-only: % refused', tg_op using errcode = 'restrict_violation';
end $$;
create trigger event_append_only before update or delete on event for each row execute function refuse_rewriting();
create trigger event_append_only_truncate before truncate on event for each statement execute function refuse_rewriting();
-- A superuser's session_replication_role doesn't switch these off.
alter table event enable always trigger event_append_only;
alter table event enable always trigger event_append_only_truncate;

-- The heart's one statement, here so that its thread knows a function and no table.
create function beat(deployment_id text, owner text, fence bigint) returns boolean language sql as $$
  with beaten as (
    update plimsoll.deployment d set beat = d.beat + 1
    where d.id = deployment_id and d.lease_owner = owner and d.epoch = fence
    returning 1
  )
  select exists (select from beaten)
$$;
