"""Mends Setu's description where it is known to be wrong, so that Schemathesis finds only what is not known.

Each of these is a row of "Where Setu's description is not followed" in docs/sandbox.md.
"""

import os

import schemathesis

REFUSAL = {
    "type": "object",
    "required": ["traceId", "errorCode", "errorMsg"],
    "properties": {name: {"type": "string"} for name in ("traceId", "errorCode", "errorMsg")},
}
# The API gateway in front says no to callers in its own way.
TURNED_AWAY = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}},
}


def answer(schema):
    return {"description": "", "content": {"application/json": {"schema": schema}}}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    schemas = raw_schema["components"]["schemas"]
    # Refusals, and the trace ids of refreshes, which are no UUIDs.
    schemas["ErrorResponse"] = REFUSAL
    schemas["DataRefreshErrorResponse"] = REFUSAL
    success = schemas["DataRefreshSuccessResponse"]["properties"]
    success.get("traceId", {}).pop("format", None)
    # A use count is text, and a new consent has no accounts.
    schemas["ConsentResponseConsentUsage1"]["properties"]["count"] = {"type": "string"}
    required = schemas["ConsentResponseV2"]["required"]
    if "accountsLinked" in required:
        required.remove("accountsLinked")
    # Rates are null where there are too few samples.
    for name in ("consentConversionRate", "dataFetchSuccessRate"):
        schemas["FIPResponseObject"]["properties"][name]["nullable"] = True
    # Some types of account data are listed twice, of which exactly one is asked for.
    data = schemas["FIFetchDecrpytedResponseFIItemDataItemData"]
    data["anyOf"] = data.pop("oneOf")
    data.pop("discriminator", None)
    # The token has another host at Setu's, and is under /v1.
    paths = raw_schema["paths"]
    login = paths.pop("/users/login")
    login.pop("servers", None)
    paths["/v1/users/login"] = login
    # Not wrong, but so that requests come through: numbers that may be customers', and a consent and a session to be
    # found where the description only says that there is an id.
    schemas["CreateConsentRequestV2"]["properties"]["vua"].update(pattern="^[6-9][0-9]{9}$")
    names = {"request_id": "CONSENT", "consent_id": "CONSENT", "session_id": "SESSION", "fip_id": "FIP"}
    for methods in paths.values():
        shared = methods.get("parameters", [])
        own = [parameter for operation in methods.values() if isinstance(operation, dict) for parameter in operation.get("parameters", [])]
        for parameter in shared + own:
            if parameter["name"] in names:
                parameter["example"] = os.environ["SANDBOX_" + names[parameter["name"]]]
    # What is not found, and credentials that are not good.
    for methods in paths.values():
        for operation in methods.values():
            if isinstance(operation, dict) and "responses" in operation:
                responses = operation["responses"]
                responses.setdefault("401", answer(TURNED_AWAY))
                responses.setdefault("403", answer(TURNED_AWAY))
                responses.setdefault("404", answer(REFUSAL))
