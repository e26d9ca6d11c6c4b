from pathlib import Path

from django.db import migrations

FORWARD = (Path(__file__).parent.parent / "sql" / "faces.sql").read_text()
BACKWARD = """
DROP TRIGGER faces_agree ON accounts_user_profiles;
DROP TRIGGER profile_face_stays ON accounts_profile;
DROP TRIGGER user_face_stays ON accounts_user;
DROP FUNCTION accounts_faces_agree();
DROP FUNCTION accounts_face_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
