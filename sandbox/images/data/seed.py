# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the sandbox's accounts in a freshly migrated Sentry.

Run by `sentry exec`; the accounts come as JSON on stdin.
"""

import json
import sys

import sentry
from django.apps import apps
from sentry import options

# By name, for the modules that define them have moved from release to release.
Organization = apps.get_model("sentry", "Organization")
OrganizationMember = apps.get_model("sentry", "OrganizationMember")
OrganizationMemberTeam = apps.get_model("sentry", "OrganizationMemberTeam")
Team = apps.get_model("sentry", "Team")
User = apps.get_model("sentry", "User")
UserEmail = apps.get_model("sentry", "UserEmail")

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
