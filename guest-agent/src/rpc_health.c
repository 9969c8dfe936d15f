// SPDX-License-Identifier: Apache-2.0
#include "health.pb.h"
#include "rpc.h"

void rpc_check(struct call *call, void *request) {
    (void)request;
    grpc_HealthCheckResponse response = {.status = grpc_HealthCheckResponse_ServingStatus_SERVING};
    call_ok(call, grpc_HealthCheckResponse_fields, &response);
}

void rpc_version(struct call *call, void *request) {
    (void)request;
    static char grpc_version[] = "0.0.1";
    static char agent_version[] = AGENT_VERSION;
    grpc_VersionCheckResponse response = {.grpc_version = grpc_version, .agent_version = agent_version};
    call_ok(call, grpc_VersionCheckResponse_fields, &response);
}
