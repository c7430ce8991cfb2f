"""Every way into DuraCloud, on one page: HTTP routes, queues and schedules."""

from collections.abc import Mapping
from typing import Any

from chalice.app import CloudWatchEvent, Rate, SQSEvent

from chalicelib.edge import EdgeChalice
from chalicelib.routes.api import api
from chalicelib.routes.api_accounts import api_accounts
from chalicelib.routes.api_description import api_description
from chalicelib.routes.api_downloads import api_downloads
from chalicelib.routes.api_fixity import api_fixity
from chalicelib.routes.api_fixity_report import api_fixity_report
from chalicelib.routes.api_incidents import api_incidents
from chalicelib.routes.api_items import api_items
from chalicelib.routes.api_policies import api_policies
from chalicelib.routes.api_queues import api_queues
from chalicelib.routes.api_receipts import api_receipts
from chalicelib.routes.api_reports import api_reports
from chalicelib.routes.api_sessions import api_sessions
from chalicelib.routes.api_shares import api_shares
from chalicelib.routes.api_spaces import api_spaces
from chalicelib.routes.api_stitch import api_stitch
from chalicelib.routes.api_stores import api_stores
from chalicelib.routes.api_uploads import api_uploads
from chalicelib.routes.content import content_routes
from chalicelib.routes.deposits import deposits
from chalicelib.routes.durastore import durastore
from chalicelib.routes.http import admit, answer_error
from chalicelib.routes.public import public_routes
from chalicelib.routes.queues import bury, deadline_of, work_through
from chalicelib.routes.repeats import once
from chalicelib.routes.reports import report_routes
from chalicelib.routes.statistics import statistic_routes
from chalicelib.routes.tasks import task_routes
from chalicelib.wiring import instance

app = EdgeChalice("duracloud", admit=admit, on_error=answer_error, once=once)
app.register_blueprint(durastore)
app.register_blueprint(content_routes)
app.register_blueprint(report_routes)
app.register_blueprint(deposits)
app.register_blueprint(statistic_routes)
app.register_blueprint(task_routes)
app.register_blueprint(api)
app.register_blueprint(api_accounts)
app.register_blueprint(api_description)
app.register_blueprint(api_downloads)
app.register_blueprint(api_fixity)
app.register_blueprint(api_fixity_report)
app.register_blueprint(api_incidents)
app.register_blueprint(api_items)
app.register_blueprint(api_policies)
app.register_blueprint(api_queues)
app.register_blueprint(api_receipts)
app.register_blueprint(api_reports)
app.register_blueprint(api_sessions)
app.register_blueprint(api_shares)
app.register_blueprint(api_spaces)
app.register_blueprint(api_stitch)
app.register_blueprint(api_stores)
app.register_blueprint(api_uploads)
app.register_blueprint(public_routes)


@app.on_sqs_message(queue="duracloud-stored", batch_size=10, name="register")
def register(event: SQSEvent) -> Mapping[str, Any]:
    """Something appeared in, or vanished from, the primary store."""
    return work_through("stored", event)


@app.on_sqs_message(queue="duracloud-replicate", batch_size=1, name="replicate")
def replicate(event: SQSEvent) -> Mapping[str, Any]:
    """A copy is to be made, renewed or repaired, or a chunked item to be made whole."""
    return work_through("replicate", event, deadline=deadline_of(event.context))


@app.on_sqs_message(queue="duracloud-check", batch_size=1, name="check")
def check(event: SQSEvent) -> Mapping[str, Any]:
    """An item's copies are to be read and judged."""
    return work_through("check", event, deadline=deadline_of(event.context))


@app.on_sqs_message(queue="duracloud-chores", batch_size=1, name="chores")
def chores(event: SQSEvent) -> Mapping[str, Any]:
    """A page of a space is to be swept, checked or removed."""
    return work_through("chores", event)


@app.on_sqs_message(queue="duracloud-dead", batch_size=1, name="dead_letters")
def dead_letters(event: SQSEvent) -> Mapping[str, Any]:
    """A message was given up, because the process that worked on it ended each time."""
    return bury(event)


@app.schedule(Rate(5, unit=Rate.MINUTES), name="plan_checks")
def plan_checks(event: CloudWatchEvent) -> None:
    """Queue the checks whose time has come, ask again the stores that do not answer, look what waits for too long."""
    instance().watch_stores.tell()
    instance().plan_checks.plan()
    instance().backlog.watch()


@app.schedule(Rate(1, unit=Rate.DAYS), name="sweep")
def sweep(event: CloudWatchEvent) -> None:
    """Renew the settings of all spaces, look for what events failed to tell, measure what there is, and tell of it."""
    instance().spaces.prepare()
    instance().canary.begin()
    instance().sweep.sweep()
    instance().measure.measure()
    instance().compute_checksums.begin()
    instance().tell_incidents.begin()
    instance().complete_uploads.forget()
    instance().answer_once.forget()
