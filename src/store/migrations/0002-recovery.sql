alter table environment
  -- What a code-only release raised and the database doesn't know yet.
  add column lag jsonb not null default '[]',
  -- After a recovery nothing changes the environment until a person lifts the hold.
  add column held jsonb;

alter table deployment add column recovery_wish jsonb;
alter table deployment drop constraint deployment_state_check;
alter table deployment add constraint deployment_state_check check (state in (
  'queued', 'running', 'going-back', 'settling', 'settled', 'old-intact', 'needs-person',
  'recovering', 'recovery-going-back', 'recovered', 'recovery-settled'
));

-- S5: one deployment per environment. What is parked shares the environment, until a worker has it or a person wants it taken back.
drop index deployment_active;
create unique index deployment_active on deployment (environment)
  where state in ('queued', 'running', 'going-back', 'needs-person', 'recovering', 'recovery-going-back')
    or (state in ('settling', 'recovered') and lease_owner is not null)
    or (state = 'settling' and recovery_wish is not null);

drop index deployment_due;
create index deployment_due on deployment (host)
  where state in ('queued', 'running', 'going-back', 'settling', 'recovering', 'recovery-going-back', 'recovered');
