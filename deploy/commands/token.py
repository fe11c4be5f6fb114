"""`./lifering token`: a signed token for a role, also while nothing runs."""

from __future__ import annotations

from deploy.arguments import command_parser
from deploy.datadir import DataDir, default_data_dir
from deploy.errors import UserError

ROLES = (
    "dispatcher",
    "rescuer",
    "registrar",
    "station",
    "planner",
    "administrator",
    "service",
)


def main(arguments: list[str]) -> int:
    """Prints the token, or a link with it, and nothing else."""
    parser = command_parser("token", "Prints a signed token for the services of a data directory.")
    parser.add_argument("--role", required=True, choices=ROLES)
    parser.add_argument("--subject", help="who it is, such as a rescuer's id (default: the role)")
    parser.add_argument("--station", help="the station, for the role station")
    parser.add_argument("--hours", type=float, default=12.0, help="how long (default 12)")
    parser.add_argument(
        "--link", action="store_true",
        help="print the address of the role's page, signed in, instead of the bare token",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    if not 0 < options.hours <= 24 * 366:
        raise UserError("--hours must be more than 0 and at most a year (8784)")

    from deploy.tokens import HOUR_S, key_pair, make_token

    data = DataDir(default_data_dir())
    data.make()
    private_key, _ = key_pair(data)
    lifetime_s = max(1, int(options.hours * HOUR_S))
    subject = options.subject or options.role
    token = make_token(private_key, options.role, subject, lifetime_s, options.station)
    if options.link:
        from deploy.links import gateway_of, link

        token = link(gateway_of(data), options.role, token)
    print(token)
    return 0
