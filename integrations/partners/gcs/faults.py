"""[pure] Everything that can go wrong with a bucket, down one page.

The words, whose turn it is, whether we try again by ourselves, where it is mended, and Google's own
page on it.

`errors.py` says which answer of Google is which of these; keys and signing in are in
`google/faults.py`. Named places that every fault may use: {bucket}, {client_email}, {project_id}.
"""

from __future__ import annotations

from functools import partial

from clevertap_partners.core.errors import Remedy, Turn
from clevertap_partners.core.faults import Fault
from integrations.partners.google.faults import GOOGLE, NOTHING

_AGAIN = "Nothing to do: we send the file again from its start."
GRANT_COMMAND = (
    "gcloud storage buckets add-iam-policy-binding gs://{bucket} "
    "--member=serviceAccount:{client_email} --role=roles/storage.objectCreator"
)
_GIVE_ROLE = (
    "Give it the role Storage Object Creator (roles/storage.objectCreator) on the bucket:\n"
    f"{GRANT_COMMAND}"
)
# Why an object that we create can be refused as a replacement of another one.
_ONLY_NEW = (
    "Exports only create new objects, they never overwrite or delete, so something else has stored "
    "an object under our name."
)

# -- the bucket, and what its owner decides --------------------------------------------------------

_bucket = partial(Fault, section="The bucket, and what its owner decides")

BUCKET_NAME_INVALID = _bucket(
    "bucket_name_invalid",
    happened="No bucket has such a name. {what_is_wrong}",
    fix="Use the name exactly as the list of buckets in the Google Cloud console shows it.",
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/storage/docs/buckets",
)
BUCKET_NOT_FOUND = _bucket(
    "bucket_not_found",
    happened="There is no bucket named {bucket}.",
    fix="Enter the name exactly as the list of buckets shows it, or make the bucket:\n"
    "gcloud storage buckets create gs://{bucket} --project={project_id}",
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/storage/docs/creating-buckets",
)
MAY_NOT_CREATE = _bucket(
    "permission_missing",
    happened="{client_email} lacks the permission storage.objects.create on the bucket {bucket}, "
    "or the bucket belongs to somebody else.",
    fix=_GIVE_ROLE,
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/storage/docs/access-control/using-iam-permissions",
)
MAY_NOT_WRITE = _bucket(
    "permission_missing",
    happened="{client_email} may not write to the bucket {bucket}, or the bucket belongs to "
    "somebody else.",
    fix=_GIVE_ROLE,
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/storage/docs/access-control/using-iam-permissions",
)
MAY_NOT_ELSE = _bucket(
    "permission_missing",
    happened="{client_email} lacks the permission {permission} on {bucket}.",
    fix="Exports do not need it: give it only if you want us to check more.",
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/storage/docs/access-control/using-iam-permissions",
)
MAY_NOT_READ = _bucket(
    "may_not_read",
    happened="{client_email} may create objects in {bucket}, but not read them back.",
    fix="Exports do not need it: they go on, and check by the bucket's answers to the uploads.",
    remedy=Remedy.CONNECTION,
)
ADDRESS_BLOCKED = _bucket(
    "address_blocked",
    happened="The bucket {bucket} takes requests from certain addresses only, and ours are not "
    "among them.",
    fix="Add our addresses, which the drawer of the bucket lists, to the bucket's IP filter.",
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/storage/docs/update-ip-filter",
)
RETENTION = _bucket(
    "retention_policy",
    happened="The retention policy of the bucket {bucket} refused the write "
    "(retentionPolicyNotMet).",
    fix=f"{_ONLY_NEW} A retention policy by itself, even a locked one, is not in our way. Find out "
    "what else writes to the bucket and stop that. If the export still does not go on, open the "
    "bucket's Protection tab and remove the policy; if it is locked, use another bucket:\n"
    "gcloud storage buckets update gs://{bucket} --clear-retention-period",
    help_url=f"{GOOGLE}/storage/docs/bucket-lock",
)
OBJECT_HOLD = _bucket(
    "object_hold",
    happened="An object in the bucket {bucket} is on hold and cannot be replaced "
    "(objectUnderActiveHold).",
    fix=f"{_ONLY_NEW} Release its hold, then move it to another name:\n"
    "gcloud storage objects update {object_url} --no-temporary-hold",
    help_url=f"{GOOGLE}/storage/docs/holding-objects",
)
EVENT_BASED_HOLD = _bucket(
    "event_based_hold",
    happened="An object in the bucket {bucket} has an event-based hold and cannot be replaced.",
    fix=f"{_ONLY_NEW} Release its hold, then move it to another name. If the bucket puts such a "
    "hold on each new object (Protection tab, Default event-based hold), that may stay: it is not "
    "in our way:\n"
    "gcloud storage objects update {object_url} --no-event-based-hold",
    help_url=f"{GOOGLE}/storage/docs/holding-objects",
)
BILLING_OFF = _bucket(
    "billing_off",
    happened="Billing is off for the project of the bucket {bucket}, or its account is closed.",
    fix="Link the project to an open billing account under Billing in the Google Cloud console:\n"
    "gcloud billing projects describe {project_id}",
    help_url=f"{GOOGLE}/billing/docs/how-to/modify-project",
)
PAYER_BILLING_OFF = _bucket(
    "billing_off",
    happened="The project {project_id}, which pays for requests to {bucket}, cannot be billed.",
    fix="Link it to an open billing account under Billing in the Google Cloud console:\n"
    "gcloud billing projects describe {project_id}",
    help_url=f"{GOOGLE}/billing/docs/how-to/modify-project",
)
REQUESTER_PAYS = _bucket(
    "requester_pays",
    happened="The bucket {bucket} lets the requester pay, and no project to bill was named.",
    fix="Test the connection again: we then bill your project {project_id}.",
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/storage/docs/requester-pays",
)
MAY_NOT_BILL = _bucket(
    "may_not_bill",
    happened="The bucket {bucket} lets the requester pay, and {client_email} may not bill the "
    "project {project_id}.",
    fix="Give it the role Service Usage Consumer on its project:\n"
    "gcloud projects add-iam-policy-binding {project_id} "
    "--member=serviceAccount:{client_email} --role=roles/serviceusage.serviceUsageConsumer",
    help_url=f"{GOOGLE}/storage/docs/requester-pays",
)
NO_PROJECT_TO_BILL = _bucket(
    "may_not_bill",
    happened="The bucket {bucket} lets the requester pay, and Google does not know the project "
    "{project_id} that we would bill.",
    fix="Look whether the project was deleted. If so, use a service account of another project:\n"
    "gcloud projects describe {project_id}",
    help_url=f"{GOOGLE}/storage/docs/requester-pays",
)
PROJECT_UNAVAILABLE = _bucket(
    "project_unavailable",
    happened="The project of the bucket {bucket}, or of {client_email}, is suspended or was "
    "deleted.",
    fix="Look how the project stands. Restore it under IAM & Admin, Manage resources, or have "
    "Google lift the suspension:\n"
    "gcloud projects describe {project_id}",
    help_url=f"{GOOGLE}/resource-manager/docs/creating-managing-projects",
)
API_DISABLED = _bucket(
    "api_disabled",
    happened="The Cloud Storage API is off in the project {project_id}.",
    fix="Switch it on:\ngcloud services enable storage.googleapis.com --project={project_id}",
    help_url=f"{GOOGLE}/apis/docs/getting-started",
)
ORGANISATION_POLICY = _bucket(
    "organisation_policy",
    happened="A policy of your Google Cloud organisation forbids writing to {bucket} from here"
    "{constraint}.",
    fix="Ask the organisation's administrator to allow the service account {client_email} to write "
    "there, or to exempt the bucket's project from the policy.",
    help_url=f"{GOOGLE}/storage/docs/org-policy-constraints",
)
SERVICE_PERIMETER = _bucket(
    "service_perimeter",
    happened="{bucket} lies inside a service perimeter (VPC Service Controls) that keeps us out.",
    fix="Ask the organisation's administrator for an ingress rule for {client_email} and our "
    "addresses, which the drawer of the bucket lists{identifier}.",
    help_url=f"{GOOGLE}/vpc-service-controls/docs/retrieve-troubleshoot-errors",
)
KMS_KEY_UNUSABLE = _bucket(
    "kms_key_unusable",
    happened="The Cloud KMS key that encrypts {bucket} cannot be used: it is disabled, destroyed, "
    "gone, or in another location.",
    fix="Enable the key's primary version again, or give the bucket another default key. This "
    "shows which key it is:\n"
    'gcloud storage buckets describe gs://{bucket} --format="default(default_kms_key)"',
    help_url=f"{GOOGLE}/storage/docs/encryption/using-customer-managed-keys",
)
KMS_KEY_FORBIDDEN = _bucket(
    "kms_key_forbidden",
    happened="Google's own service agent for Cloud Storage may not use the Cloud KMS key that "
    "encrypts {bucket}.",
    fix="Give the service agent of the bucket's project the role Cloud KMS CryptoKey "
    "Encrypter/Decrypter on the key. This shows which key it is:\n"
    'gcloud storage buckets describe gs://{bucket} --format="default(default_kms_key)"',
    help_url=f"{GOOGLE}/storage/docs/encryption/using-customer-managed-keys",
)
ENCRYPTION_ENFORCEMENT = _bucket(
    "encryption_enforcement",
    happened="The bucket {bucket} does not allow the kind of encryption that our objects would get "
    "there. Nothing was stored by this.",
    fix="Exports name no key: Google takes the default Cloud KMS key of the bucket, or its own "
    "where there is none. Give the bucket a default key, or allow the kind that it uses. This "
    "shows what it has and allows:\n"
    'gcloud storage buckets describe gs://{bucket} --raw --format="default(encryption)"',
    help_url=f"{GOOGLE}/storage/docs/encryption/enforce-encryption-types",
)
NAME_TAKEN = _bucket(
    "name_taken",
    happened="The bucket {bucket} already holds an object of this name. It was left as it is.",
    fix="Move or delete that object, or export again: a new export has new names.",
    remedy=Remedy.EXPORT,
)
STORED_DIFFERS = _bucket(
    "stored_differs",
    happened="The bucket holds {object} with other contents than we sent.",
    fix="Delete this object, then export again. We never delete objects ourselves.",
    remedy=Remedy.EXPORT,
)
COUNTRY_BLOCKED = _bucket(
    "country_blocked",
    happened="Google does not serve Cloud Storage to the country that our request came from.",
    fix="This is ours to mend: our servers have to send from elsewhere.",
    turn=Turn.US,
)
REQUEST_REFUSED = _bucket(
    "request_refused",
    happened="Google refused the request for the bucket {bucket} in a way that we do not foresee "
    "(status {status}{reason}).",
    fix="This is ours to look into, and we try again every hour. You may test the connection. If "
    "the test passes, tell our support the time and the bucket.",
    turn=Turn.US,
    help_url=f"{GOOGLE}/storage/docs/json_api/v1/status-codes",
)

# -- passing faults --------------------------------------------------------------------------------

_passing = partial(Fault, section="Passing faults", retried=True, turn=Turn.US)

UNREACHABLE = _passing(
    "unreachable",
    happened="Google Cloud Storage could not be reached, or the connection broke.",
    fix=NOTHING,
)
GOOGLE_UNAVAILABLE = _passing(
    "google_unavailable",
    happened="Google Cloud Storage had a problem of its own (status {status}).",
    fix=NOTHING,
    turn=Turn.PARTNER,
    help_url="https://status.cloud.google.com",
)
QUOTA = _passing(
    "quota",
    happened="Google asks us to slow down: a quota of the project or bucket is used up.",
    fix="We try again by ourselves. If it stays, raise it under IAM & Admin, Quotas.",
    turn=Turn.CUSTOMER,
    help_url=f"{GOOGLE}/storage/quotas",
)
CHECKSUM_MISMATCH = _passing(
    "checksum_mismatch",
    happened="The file was damaged on its way, and Google refused it. Nothing was stored.",
    fix="Nothing to do: we send it again.",
)
UPLOAD_SESSION_LOST = _passing(
    "upload_session_lost",
    happened="Google forgot the upload half way.",
    fix=_AGAIN,
    turn=Turn.PARTNER,
)
HALF_SENT = _passing(
    "upload_session_lost",
    happened="Google took only a part of the file.",
    fix=_AGAIN,
    turn=Turn.PARTNER,
)
