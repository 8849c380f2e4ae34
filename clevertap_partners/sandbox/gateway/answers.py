"""Answers of Google by name, with the statuses, reasons and words that Google gives.

A fault `{"answer": "<name>"}` lets the gateway give one to calls that would go well otherwise.
Statuses and reasons: https://cloud.google.com/storage/docs/json_api/v1/status-codes.
"""

from __future__ import annotations

from clevertap_partners.core.marking import gettext_noop as _
from clevertap_partners.sandbox.gateway.named import UPLOADS, Answer

# Patterns of the calls that can get an answer.
SESSIONS = rf"{UPLOADS}\?.*upload_id="
SIGN_IN = r"^/token"
# The page of a proxy may have the very words that a refusal of Google has.
_PORTAL = (
    "Blocked by a retention policy: ask billing, or whoever made your organization's policy. "
    "No storage.objects.create here."
)
_KMS_KEY = "projects/demo/locations/europe/keyRings/ring/cryptoKeys/key"


def _token(title: str, status: int, reason: str = "", message: str = "") -> Answer:
    return Answer(title, status, reason, message, calls=SIGN_IN, form="token")


def _kms(title: str, status: int, reason: str, message: str) -> Answer:
    return Answer(title, status, reason, message.replace("{key}", _KMS_KEY))


ANSWERS: dict[str, Answer] = {
    # -- 400: the request, who pays, the encryption key
    "invalid": Answer(_("Invalid value"), 400, "invalid", "Invalid value."),
    "invalid_parameter": Answer(
        _("Invalid parameter"), 400, "invalidParameter", "Invalid value for parameter."
    ),
    "invalid_argument": Answer(_("Invalid argument"), 400, "invalidArgument", "Invalid argument."),
    "bad_request": Answer(_("Bad request"), 400, "badRequest", "Bad Request"),
    "required": Answer(_("Something is missing"), 400, "required", "Required"),
    "parse_error": Answer(_("Cannot be parsed"), 400, "parseError", "Parse Error"),
    "wrong_url_for_upload": Answer(
        _("Wrong address for an upload"),
        400,
        "wrongUrlForUpload",
        "Upload requests must be uploaded to */upload/*. Re-send this request with the same path, "
        "but include the upload prefix.",
    ),
    "checksum_mismatch": Answer(
        _("Checksum differs"),
        400,
        "invalid",
        'Provided CRC32C "AAAAAA==" doesn\'t match calculated CRC32C "yZRlqg==".',
    ),
    "bucket_name_invalid": Answer(
        _("Invalid bucket name"), 400, "invalid", "Invalid bucket name: '{bucket}'"
    ),
    "requester_pays": Answer(
        _("Requester pays, no project named"),
        400,
        "required",
        "Bucket is a requester pays bucket but no user project provided.",
    ),
    "user_project_missing": Answer(
        _("Requester pays, reason as documented"),
        400,
        "userProjectMissing",
        "User project missing.",
    ),
    "user_project_invalid": Answer(
        _("Project to bill is unknown"),
        400,
        "userProjectInvalid",
        "User project specified in the request is invalid.",
    ),
    "kms_key_disabled": _kms(
        _("Encryption key is disabled"),
        400,
        "cloudKmsDisabledKey",
        "Cloud KMS key {key} is disabled, destroyed, or scheduled to be destroyed.",
    ),
    "kms_key_not_found": _kms(
        _("Encryption key is gone"),
        400,
        "cloudKmsEncryptionKeyNotFound",
        "Cloud KMS encryption key {key} not found.",
    ),
    "kms_bad_key": _kms(
        _("Encryption key is bad"), 400, "invalid", "Bad Cloud KMS crypto key: {key}"
    ),
    "kms_location": _kms(
        _("Encryption key in another location"),
        400,
        "cloudKmsKeyLocationNotAllowed",
        "Cloud KMS key location not allowed: {key}",
    ),
    # -- 401, 402
    "auth_error": Answer(_("Token is not accepted"), 401, "authError", "Invalid Credentials"),
    "token_over": Answer(
        _("Token is over"), 401, "expired", "The provided credentials have expired."
    ),
    "login_required": Answer(_("Not signed in"), 401, "required", "Login Required"),
    "payment_required": Answer(_("Payment required"), 402, "paymentRequired", "Payment Required"),
    # -- 403: rights, policies, holds, billing
    "permission_missing": Answer(
        _("May not create objects"),
        403,
        "forbidden",
        "The caller does not have storage.objects.create access to the Google Cloud Storage "
        "object. Permission 'storage.objects.create' denied on resource (or it may not exist).",
    ),
    "forbidden": Answer(_("Forbidden, no more said"), 403, "forbidden", "Forbidden"),
    "insufficient_permissions": Answer(
        _("Insufficient permissions"), 403, "insufficientPermissions", "Insufficient Permission"
    ),
    "account_disabled": Answer(
        _("Billing account is absent"),
        403,
        "accountDisabled",
        "The billing account for the owning project is disabled in state absent",
    ),
    "account_problem": Answer(
        _("Project that pays has a problem"),
        403,
        "UserProjectAccountProblem",
        "User project account problem.",
    ),
    "user_project_denied": Answer(
        _("May not bill the project"),
        403,
        "userProjectAccessDenied",
        "The caller does not have serviceusage.services.use access to the Google Cloud project. "
        "Permission 'serviceusage.services.use' denied on resource (or it may not exist).",
    ),
    "country_blocked": Answer(
        _("Country is blocked"),
        403,
        "countryBlocked",
        "The Cloud Storage JSON API is restricted by law from operating with certain countries.",
    ),
    "ssl_required": Answer(_("TLS is required"), 403, "sslRequired", "SSL is required."),
    "rate_limit": Answer(_("Rate limit"), 403, "rateLimitExceeded", "Rate Limit Exceeded"),
    "user_rate_limit": Answer(
        _("Rate limit of the user"), 403, "userRateLimitExceeded", "User Rate Limit Exceeded"
    ),
    "quota_exceeded": Answer(_("Quota is used up"), 403, "quotaExceeded", "Quota exceeded."),
    "retention_policy": Answer(
        _("Retention policy"),
        403,
        "retentionPolicyNotMet",
        "Object '{bucket}/{object}' is subject to bucket's retention policy or object retention "
        "and cannot be deleted or overwritten until 2027-01-01T00:00:00.000Z",
    ),
    "temporary_hold": Answer(
        _("Object has a temporary hold"),
        403,
        "forbidden",
        "Object '{bucket}/{object}' is under active Temporary hold and cannot be deleted, "
        "overwritten or archived until hold is removed.",
    ),
    "event_based_hold": Answer(
        _("Object has an event-based hold"),
        403,
        "forbidden",
        "Object '{bucket}/{object}' is under active Event-Based hold and cannot be deleted, "
        "overwritten or archived until hold is removed.",
    ),
    "active_hold": Answer(
        _("Object is on hold, reason as documented"),
        403,
        "objectUnderActiveHold",
        "Object replacement or deletion is not allowed due to an active hold on the object.",
    ),
    "service_perimeter": Answer(
        _("Service perimeter (VPC Service Controls)"),
        403,
        "forbidden",
        "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: "
        "Xk3sandbox0WbT2-vpc_identifier",
    ),
    "service_perimeter_short": Answer(
        _("Service perimeter, in few words"),
        403,
        "vpcServiceControls",
        "Request violates VPC Service Controls.",
    ),
    "organisation_policy_403": Answer(
        _("Organisation policy"),
        403,
        "forbidden",
        "Operation denied by org policy: constraints/gcp.restrictServiceUsage",
    ),
    "ip_filter": Answer(
        _("Address is not allowed"),
        403,
        "forbidden",
        "There is an IP filtering condition that is preventing access to the resource.",
    ),
    "kms_permission": _kms(
        _("Encryption key may not be used"),
        403,
        "forbidden",
        "Permission denied on Cloud KMS key. Please ensure that your Cloud Storage service account "
        "has been authorized to use this key.",
    ),
    "kms_use_denied": _kms(
        _("Encryption key may not be used, by permission"),
        403,
        "forbidden",
        "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on Cloud KMS resource '{key}' "
        "(or it may not exist).",
    ),
    "api_disabled": Answer(
        _("Storage API is off"),
        403,
        "accessNotConfigured",
        "Access Not Configured. Cloud Storage JSON API has not been used in project 100000000000 "
        "before or it is disabled.",
    ),
    "project_deleted": Answer(
        _("Project is being deleted"),
        403,
        "forbidden",
        "Project 100000000000 has been scheduled for deletion.",
    ),
    "project_suspended": Answer(
        _("Project is suspended"),
        403,
        "forbidden",
        "Permission denied: Consumer 'project:100000000000' has been suspended.",
    ),
    "scopes": Answer(
        _("Token is for less than we ask"),
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
    ),
    # -- 404 to 416
    "bucket_not_found": Answer(
        _("Bucket does not exist"), 404, "notFound", "The specified bucket does not exist."
    ),
    "session_not_found": Answer(
        _("Upload session is unknown"), 404, "notFound", "Not Found", calls=SESSIONS
    ),
    "method_not_allowed": Answer(_("Method not allowed"), 405, "methodNotAllowed", "Not allowed."),
    "proxy_sign_in": Answer(_("A proxy wants a sign-in"), 407, form="html"),
    "upload_timeout": Answer(
        _("Upload timed out"), 408, "uploadBrokenConnection", "Request timeout."
    ),
    "conflict": Answer(_("Conflict"), 409, "conflict", "Conflict"),
    "session_gone": Answer(_("Upload session is over"), 410, form="empty", calls=SESSIONS),
    "length_required": Answer(_("Length required"), 411, form="html"),
    "organisation_policy": Answer(
        _("Organisation policy, as a condition"),
        412,
        "orgPolicyConstraintFailed",
        "Request violates constraint 'constraints/gcp.restrictNonCmekServices'",
    ),
    "organisation_policy_condition": Answer(
        _("Organisation policy, reason of a condition"),
        412,
        "conditionNotMet",
        "'us' violates constraint 'constraints/gcp.resourceLocations'",
    ),
    # Both have the reason and the place of a name that is taken; only the words differ.
    "encryption_enforcement": Answer(
        _("Encryption type is not allowed"),
        412,
        "conditionNotMet",
        "Requested encryption type for object is not compliant with the bucket's encryption "
        "enforcement configuration.",
    ),
    "public_access_prevention": Answer(
        _("Another condition than the name's"),
        412,
        "conditionNotMet",
        "The member bindings allUsers and allAuthenticatedUsers are not allowed since public "
        "access prevention is enforced.",
    ),
    "upload_too_large": Answer(_("Too large"), 413, "uploadTooLarge", "Payload too large."),
    "range": Answer(
        _("Range cannot be satisfied"),
        416,
        "requestedRangeNotSatisfiable",
        "The requested range cannot be satisfied.",
    ),
    # -- slow down, and Google's own trouble
    "quota": Answer(
        _("Too many requests"),
        429,
        "rateLimitExceeded",
        "The object exceeded the rate limit for object mutation operations (create, update, and "
        "delete). Please reduce your request rate.",
    ),
    "session_cancelled": Answer(_("Upload was cancelled"), 499, form="empty", calls=SESSIONS),
    "internal_error": Answer(_("Internal error"), 500, "internalError", "Internal Error"),
    "backend_error": Answer(_("Backend error"), 500, "backendError", "Backend Error"),
    "bad_gateway": Answer(_("Bad gateway"), 502, form="html"),
    "unavailable": Answer(_("Unavailable"), 503, "backendError", "Backend Error"),
    "gateway_timeout": Answer(_("Gateway timeout"), 504, "gatewayTimeout", "Gateway Timeout"),
    "portal": Answer(_("A page in Google's place, with status 200"), 200, form="html"),
    "portal_400": Answer(_("A page of a proxy: bad request"), 400, message=_PORTAL, form="html"),
    "portal_401": Answer(_("A page of a proxy: sign in"), 401, message=_PORTAL, form="html"),
    "portal_402": Answer(_("A page of a proxy: pay"), 402, message=_PORTAL, form="html"),
    "portal_403": Answer(_("A page of a proxy: forbidden"), 403, message=_PORTAL, form="html"),
    "portal_404": Answer(_("A page of a proxy: not found"), 404, message=_PORTAL, form="html"),
    "portal_412": Answer(_("A page of a proxy: condition"), 412, message=_PORTAL, form="html"),
    "portal_429": Answer(_("A page of a proxy: too many"), 429, message=_PORTAL, form="html"),
    "foreign_403": Answer(
        _("JSON, but not Google's: forbidden"), 403, "", "Forbidden", form="foreign"
    ),
    # -- signing in
    "sign_in_key_gone": _token(
        _("Sign-in: key deleted or disabled"), 400, "invalid_grant", "Invalid JWT Signature."
    ),
    "sign_in_key_unknown": _token(
        _("Sign-in: key unknown"), 400, "invalid_grant", "Invalid grant: key not found"
    ),
    "sign_in_key_over": _token(
        _("Sign-in: certificate of the key is over"),
        400,
        "invalid_grant",
        "Invalid JWT: No valid verifier found for issuer.",
    ),
    "sign_in_account_gone": _token(
        _("Sign-in: account deleted"), 400, "invalid_grant", "Invalid grant: account not found"
    ),
    "sign_in_account_disabled": _token(
        _("Sign-in: account disabled"), 401, "invalid_client", "The OAuth client was disabled."
    ),
    "sign_in_clock": _token(
        _("Sign-in: clock is wrong"),
        400,
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
        "timeframe. Check your iat and exp values in the JWT claim.",
    ),
    "sign_in_unauthorised": _token(
        _("Sign-in: not authorised"),
        401,
        "unauthorized_client",
        "Client is unauthorized to retrieve access tokens using this method, or client not "
        "authorized for any of the scopes requested.",
    ),
    "sign_in_quota": _token(
        _("Sign-in: too many requests"), 403, "rate_limit_exceeded", "Rate limit exceeded"
    ),
    "sign_in_scope": _token(_("Sign-in: scope is unknown"), 400, "invalid_scope", "Bad Request"),
    "sign_in_request": _token(
        _("Sign-in: request is not understood"), 400, "invalid_request", "Bad Request"
    ),
    "sign_in_foreign": Answer(
        _("Sign-in: JSON, but not Google's"), 403, "", "Forbidden", calls=SIGN_IN, form="foreign"
    ),
    "sign_in_portal": Answer(
        _("Sign-in: a page in Google's place"), 200, form="html", calls=SIGN_IN
    ),
    "sign_in_proxy": Answer(_("Sign-in: a page of a proxy"), 403, form="html", calls=SIGN_IN),
}
