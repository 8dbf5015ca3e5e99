"""Makes the sandbox's accounts in a freshly migrated Sentry.

Run by `sentry exec`; the accounts come as JSON on stdin.
"""

import json
import sys

import sentry
from sentry import options
from sentry.models import (
    Organization,
    OrganizationMember,
    OrganizationMemberTeam,
    Team,
    User,
    UserEmail,
)

accounts = json.load(sys.stdin)
organization = Organization.objects.get(slug=accounts["organization"])
team = Team.objects.get(organization=organization)

for account in accounts["users"]:
    user = User(
        username=account["email"],
        email=account["email"],
        name=account["name"],
        is_superuser=account["superuser"],
        is_staff=account["superuser"],
    )
    user.set_password(account["password"])
    user.save()
    UserEmail.objects.filter(user=user).update(is_verified=True)
    member = OrganizationMember.objects.create(
        organization=organization, user_id=user.id, role=account["role"]
    )
    OrganizationMemberTeam.objects.create(team=team, organizationmember=member)

# Without it the first superuser to log in meets the set-up wizard.
options.set("sentry:version-configured", sentry.get_version())
