# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: builds the image of the site, and says why that failed.

What a build prints is read, and quoted with care: the shell quotes lines of enhance-image.sh, which
is the site's own file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .docker import WEB_SERVICE, CommandFailed, CommandTimedOut, SentryError, SentryHost
from .observations import PLUGIN

_SCRIPT = "enhance-image.sh"
_PLUGINS_NAME = r"sentry[-_]auth[-_]oidc|encvoy-sentry-plugin"
# What fails behind this is not the plugin.
_INSTALLED = r"Successfully installed sentry-auth-oidc"
# BuildKit: "#7 [web 3/3] RUN …", "#7 0.375 output", "#7 ERROR: …". Before it: "Step 3/3 : RUN …".
_STEP = re.compile(r"#(\d+) \[[^\]]*\] (.*)")
_ERROR = re.compile(r"#(\d+) ERROR: ")
_OUTPUT = re.compile(r"#(\d+) \d+\.\d+ ?(.*)")
_OLD_STEP = re.compile(r"Step \d+/\d+ : (.*)")
_OLD_NOISE = re.compile(r" --->|The command '.*' returned a non-zero code|Removing intermediate")
_CODE = re.compile(r"(?:exit code: |non-zero code: )(\d+)")
# What "set -x" prints, and a line that bash quotes in a syntax error.
_QUOTED_LINE = re.compile(r"\++ |\S+: line \d+: `")
_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Max retries exceeded|Connection refused"
    r"|Network is unreachable|[Tt]emporary failure|Could not resolve|timed out|ProxyError|SSLError"
    r"|CERTIFICATE_VERIFY_FAILED|Retrying \("
)
# The one part of such a message that tells anything.
_REASON = re.compile(
    r"\[Errno -?\d+\] [^'\")]+|CERTIFICATE_VERIFY_FAILED|(?:read|connect|connection) timed? ?out"
    r"|[Cc]ould not resolve [^'\")]+|Cannot connect to proxy",
    re.I,
)
# What pip says of a file; of an index it says that there is no matching distribution.
_OTHER_PYTHON = re.compile(r"requires a different Python: (\S+) not in '([^']*)'")
_LINES = 3


@dataclass(frozen=True)
class Failure:
    """The step at which a build ended.

    :param step: instruction of the Dockerfile, empty when none was reached
    :param output: what it printed
    :param code: exit code of its command, None when it was no command
    """

    step: str
    output: tuple[str, ...]
    code: int | None

    def prints(self, pattern: str) -> bool:
        return any(re.search(pattern, line) for line in self.output)

    @property
    def network_reason(self) -> str | None:
        """Why the network cannot be reached, None when that is not why the step failed."""
        if not self.prints(_UNREACHABLE.pattern):
            return None
        found = [match.group() for match in map(_REASON.search, self.output) if match]
        return found[-1] if found else self.end

    @property
    def end(self) -> str:
        """The last lines, without those that quote the script."""
        lines = [line for line in self.output if line.strip() and not _QUOTED_LINE.match(line)]
        return " / ".join(lines[-_LINES:]) or "nothing was printed"


def proxy_arguments(proxy: str | None, no_proxy: str | None) -> tuple[str, ...]:
    """Return the options of a build with a proxy.

    Docker knows these arguments without a line in the Dockerfile, and programs know them in small
    letters, in capitals, or both.
    """
    values = {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": no_proxy}
    pairs = [f"{name}={value}" for name, value in values.items() if value]
    pairs += [f"{name.upper()}={value}" for name, value in values.items() if value]
    return tuple(word for pair in pairs for word in ("--build-arg", pair))


def build_image(host: SentryHost, timeout: float, options: Sequence[str] = ()) -> None:
    """Build the image of the web service; raise SentryError with the reason when that fails.

    :param options: of the build
    """
    try:
        host.compose("build", *options, WEB_SERVICE, timeout=timeout)
    except CommandFailed as error:
        raise SentryError(explain(error.printed) or str(error)) from None
    except CommandTimedOut:
        raise SentryError(
            f"build_timeout: The build of the image took longer than {timeout:g} s and was stopped."
            " See with 'docker compose build web' what takes so long, or give it more time."
        ) from None


def explain(printed: str) -> str:
    """Return why a build failed and what to do, empty when it does not look like one."""
    failure = find_failure(printed)
    if re.search(r"no space left on device", printed, re.I):
        return (
            "docker compose build: There is no space left on the file system of Docker. Free some,"
            " for example with 'docker image prune' or 'docker builder prune'."
        )
    if failure is None:
        return ""
    if not failure.step or failure.code is None:
        return (
            f"SENTRY_IMAGE: The base image cannot be used ({failure.end}). Let Docker reach its"
            " registry, or load the image by hand."
        )
    if "requirements.txt" in failure.step:
        return _explain_own(failure, "sentry/requirements.txt: The installation of the site's own")
    if _SCRIPT not in failure.step:
        return _explain_upstream(failure)
    return _explain_script(failure)


def find_failure(printed: str) -> Failure | None:
    """Return the step at which a build ended, None when the output is not that of a build."""
    lines = printed.splitlines()
    codes = [int(match.group(1)) for match in map(_CODE.search, lines) if match]
    code = codes[-1] if codes else None
    failed = next((match.group(1) for match in map(_ERROR.match, lines) if match), None)
    if failed is not None:
        steps = [match for match in map(_STEP.match, lines) if match and match.group(1) == failed]
        output = [match for match in map(_OUTPUT.match, lines) if match]
        own = tuple(match.group(2) for match in output if match.group(1) == failed)
        step = steps[0].group(2) if steps else ""
        return Failure(step, own or _last_errors(lines), code)
    steps_before = [n for n, line in enumerate(lines) if _OLD_STEP.match(line)]
    if steps_before:
        step = lines[steps_before[-1]].partition(" : ")[2]
        rest = [line for line in lines[steps_before[-1] + 1 :] if not _OLD_NOISE.match(line)]
        return Failure(step, tuple(rest), code)
    if any("failed to solve" in line for line in lines):
        return Failure("", _last_errors(lines), code)
    return None


def _last_errors(lines: Sequence[str]) -> tuple[str, ...]:
    found = [line for line in lines if "failed to solve" in line or _ERROR.match(line)]
    return tuple(found[-1:])


def _explain_upstream(failure: Failure) -> str:
    reason = failure.network_reason
    told = f"the network cannot be reached: {reason}" if reason else failure.end
    return (
        "sentry/Dockerfile: A step of upstream's own failed, which has nothing to do with single"
        f" sign-on: {failure.step[:200]} ({told}). Correct that, and see that 'docker compose build"
        " web' works."
    )


def _explain_script(failure: Failure) -> str:
    if failure.code == 126 and failure.prints("[Pp]ermission denied"):
        return (
            f"sentry/{_SCRIPT}: It is not executable, and the build runs it as a program. Make it"
            f" so: chmod +x sentry/{_SCRIPT}."
        )
    if failure.code == 127 and failure.prints(rf"{_SCRIPT}: not found"):
        return (
            f"sentry/{_SCRIPT}: Its first line names a program that the image has not; with CRLF"
            " line ends it does so, too. Correct that line, and save the file with LF line ends."
        )
    if failure.prints(_PLUGINS_NAME) and not failure.prints(_INSTALLED):
        return _explain_plugin(failure)
    return _explain_own(failure, f"sentry/{_SCRIPT}: The site's own part of it")


def _explain_own(failure: Failure, what: str) -> str:
    reason = failure.network_reason
    told = f"the network cannot be reached: {reason}" if reason else failure.end
    return (
        f"{what} failed with exit code {failure.code} ({told}). Correct it, and see that 'docker"
        " compose build web' works."
    )


def _explain_plugin(failure: Failure) -> str:
    if failure.network_reason:
        return (
            f"{PLUGIN}: The build cannot reach the package index ({failure.network_reason}). Let it"
            " through; set build_proxy where it needs a proxy; or let the build take the plugin's"
            " wheel from a file."
        )
    if failure.prints("DO NOT MATCH THE HASHES"):
        return (
            f"{PLUGIN}: The package is not the one whose SHA-256 is declared. See where the build"
            " gets it from, and correct the declared one if it is the right package."
        )
    if failure.prints(r"cannot stat|can't open"):
        return (
            f"{PLUGIN}: The build has no file of the wheel ({failure.end}). Let"
            " sentry/.dockerignore not leave out *.whl."
        )
    other_python = next(filter(None, map(_OTHER_PYTHON.search, failure.output)), None)
    if other_python:
        return (
            f"{PLUGIN}: This release needs Python {other_python.group(2)}, and the image has"
            f" {other_python.group(1)}. Choose another one."
        )
    if failure.prints("No matching distribution found"):
        python = (
            " that this image's Python can use"
            if failure.prints("Requires-Python|python ver")
            else ""
        )
        wanted = next((line for line in failure.output if "No matching" in line), "")
        version = wanted.rpartition("==")[2].strip()
        return f"{PLUGIN}: The package index has no version {version}{python}. Choose another one."
    return (
        f"{PLUGIN}: pip could not install it ({failure.end}). Correct that, and see that"
        " 'docker compose build web' works."
    )
