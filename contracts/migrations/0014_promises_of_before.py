from django.db import migrations

# Until now every agreement covered one person, so all its packages are that person's own.
FILL = """
    INSERT INTO contracts_enrolledpackage (enrollment_id, package_id)
    SELECT one.id, signed.servicepackage_id
    FROM contracts_enrollment AS one
    JOIN contracts_agreement_packages AS signed ON signed.agreement_id = one.agreement_id
    ON CONFLICT DO NOTHING;
    UPDATE contracts_agreement SET renewal_kind = 'explicit' WHERE previous_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0013_review_flags")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
