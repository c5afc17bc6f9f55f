package io.holdfast.api.http;

import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The one table from what the network refuses to Neutron's words for it, and Neutron's shape of an error. */
public final class NetworkFaults implements FaultShape {

    /** Where nobody gave the problem a name, as for a body that is against the contract. */
    private static final Map<Integer, String> BY_STATUS = Map.of(
            400, "HTTPBadRequest",
            403, "PolicyNotAuthorized",
            404, "HTTPNotFound",
            405, "HTTPMethodNotAllowed",
            409, "Conflict",
            413, "HTTPRequestEntityTooLarge",
            415, "HTTPUnsupportedMediaType",
            501, "HTTPNotImplemented",
            503, "HTTPServiceUnavailable");

    static ApiFault of(NetworkException problem) {
        String message = String.valueOf(problem.getMessage());
        return switch (problem.problem()) {
            case NETWORK_NOT_FOUND -> new ApiFault(404, "NetworkNotFound", message);
            case SUBNET_NOT_FOUND -> new ApiFault(404, "SubnetNotFound", message);
            case PORT_NOT_FOUND -> new ApiFault(404, "PortNotFound", message);
            case GROUP_NOT_FOUND -> new ApiFault(404, "SecurityGroupNotFound", message);
            case RULE_NOT_FOUND -> new ApiFault(404, "SecurityGroupRuleNotFound", message);
            case NETWORK_IN_USE -> new ApiFault(409, "NetworkInUse", message);
            case SUBNET_IN_USE -> new ApiFault(409, "SubnetInUse", message);
            case PORT_IN_USE -> new ApiFault(409, "PortInUse", message);
            case GROUP_IN_USE -> new ApiFault(409, "SecurityGroupInUse", message);
            case DEFAULT_GROUP -> new ApiFault(409, "SecurityGroupCannotRemoveDefault", message);
            case RULE_EXISTS -> new ApiFault(409, "SecurityGroupRuleExists", message);
            case PHYSICAL_NETWORK_TAKEN -> new ApiFault(409, "FlatNetworkInUse", message);
            case ADDRESS_TAKEN -> new ApiFault(409, "IpAddressAlreadyAllocated", message);
            case ADDRESSES_EXHAUSTED -> new ApiFault(409, "IpAddressGenerationFailure", message);
            case ADDRESS_INVALID -> new ApiFault(400, "InvalidIpForNetwork", message);
            case MAC_TAKEN -> new ApiFault(409, "MacAddressInUse", message);
            case OVERLAP -> new ApiFault(409, "OverlappingAllocationPools", message);
            case QUOTA -> new ApiFault(409, "OverQuota", message);
            case AMBIGUOUS -> new ApiFault(409, "Conflict", message);
            case NO_NETWORK -> new ApiFault(400, "HTTPBadRequest", message);
            case INVALID -> new ApiFault(400, "InvalidInput", message);
        };
    }

    /** The same for a request to the compute API: what a server should be on and is not there is a wrong request. */
    public static ApiFault ofServer(NetworkException problem) {
        ApiFault fault = of(problem);
        int status = problem.problem() == Problem.QUOTA ? 403 : fault.status() == 404 ? 400 : fault.status();
        return new ApiFault(status, String.valueOf(problem.getMessage()));
    }

    @Override
    public JsonObject body(int status, String message, String requestId) {
        return body(status, null, message, requestId);
    }

    @Override
    public JsonObject body(int status, @Nullable String type, String message, String requestId) {
        if (status == 401) {
            return Faults.keystone(status, message, requestId);
        }
        String name = type == null ? BY_STATUS.getOrDefault(status, "HTTPInternalServerError") : type;
        return new JsonObject()
                .put(
                        "NeutronError",
                        new JsonObject()
                                .put("type", name)
                                .put("message", message)
                                .put("detail", ""));
    }
}
