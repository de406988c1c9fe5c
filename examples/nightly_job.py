"""Works in one tenant as the application's system user, without a signed-in user, from a server with an AWS role.

    python3 nightly_job.py Cust26759

Settings: STAGE, AUTHENTICATE_SYSTEM_USER_ARN, APP_TOKEN_SECRET_ID and AWS_DEFAULT_REGION. The exit status is 75 (EX_TEMPFAIL) if another try may help.
"""

import json
import os
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

# The functions take up to 30 seconds. The SDK would repeat an invocation whose answer got lost, and nobody may send an
# authorization code twice, so callers of these functions switch that off.
lambda_client = boto3.client("lambda", config=Config(read_timeout=35, retries={"total_max_attempts": 1}))
secrets_manager = boto3.client("secretsmanager")


class Refused(Exception):
    """The function's error, with the members of its answer."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['error_description']}")
        self.error = error


def invoke(function_arn, request):
    """Invokes a function directly. Returns its answer, or raises Refused."""
    response = lambda_client.invoke(FunctionName=function_arn, Payload=json.dumps(request))
    answer = json.load(response["Payload"])
    if "FunctionError" in response:
        raise RuntimeError("The function failed. Its log contains the reason.")
    if "error" in answer:
        raise Refused(answer)
    return answer


def read_secret(secret_id):
    return secrets_manager.get_secret_value(SecretId=secret_id)["SecretString"]


def sign_in(tenant):
    """Returns the URL of the tenant's REST API, and the headers of a call.

    A ticket is valid for six hours after its last use, so a job that runs longer keeps it and signs in again on 401.
    """
    # npm run consent has stored it there, with the tenant spelled Cust12345.
    secret_id = f"superoffice/{os.environ['STAGE']}/tenants/{tenant.capitalize()}"
    system_token = json.loads(read_secret(secret_id))["system_token"]
    request = {"tenant": tenant, "system_token": system_token}
    answer = invoke(os.environ["AUTHENTICATE_SYSTEM_USER_ARN"], request)
    # With a ticket, SuperOffice's APIs require the client secret as well.
    headers = {
        "SO-AppToken": read_secret(os.environ["APP_TOKEN_SECRET_ID"]),
        "Authorization": f"SOTicket {answer['ticket']}",
        "Accept": "application/json",
    }
    if "webapi_url" not in answer["claims"]:
        raise RuntimeError("The token has no webapi_url. SuperOffice's state endpoint tells it, see nightly-job.ts.")
    return answer["claims"]["webapi_url"], headers


def main(tenant):
    web_api_url, headers = sign_in(tenant)
    request = urllib.request.Request(f"{web_api_url}v1/User/currentPrincipal", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        principal = json.load(response)
    print(json.dumps({"tenant": tenant, "worked_as": principal["UserType"]}))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Refused as refused:
        print(refused, file=sys.stderr)
        sys.exit(75 if refused.error["retryable"] else 1)
    except (RuntimeError, urllib.error.URLError) as failure:
        print(failure, file=sys.stderr)
        sys.exit(1)
