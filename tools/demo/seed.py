# Runs inside `odoo shell`: the people and the work of a small professional-services firm.
USERS = 8
TASKS = 40

groups = env.ref("project.group_project_manager") | env.ref("hr_timesheet.group_timesheet_manager") | env.ref("sales_team.group_sale_salesman_all_leads")
for number in range(1, USERS + 1):
    user = env["res.users"].create(
        {
            "name": f"Consultant {number}",
            "login": f"consultant{number}",
            "password": f"consultant{number}",
            "group_ids": [(6, 0, (env.ref("base.group_user") | groups).ids)],
        }
    )
    env["hr.employee"].create({"name": user.name, "user_id": user.id, "company_id": env.company.id})

customer = env["res.partner"].create({"name": "Harbour & Sons", "email": "office@harbour.example"})
project = env["project.project"].create({"name": "Quay wall survey", "allow_timesheets": True, "partner_id": customer.id, "privacy_visibility": "employees"})
for number in range(1, TASKS + 1):
    env["project.task"].create(
        {"name": f"Section {number}", "project_id": project.id, "customer_rating": number % 5, "delivery_note": f"Delivered section {number}"}
    )
for number in range(1, 6):
    env["res.partner"].create({"name": f"Customer {number}", "email": f"customer{number}@example.com"})
env.cr.commit()
