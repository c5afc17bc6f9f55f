package io.holdfast.api.neutron;

import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.FaultShape;
import io.holdfast.api.http.Microversions;
import io.holdfast.api.http.NetworkFaults;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Policy;
import io.holdfast.api.http.Resources;
import io.holdfast.api.http.Rule;
import io.holdfast.compute.Instances;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.Networks;
import io.holdfast.network.SecurityGroups;
import io.vertx.core.http.HttpMethod;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Neutron's API under {@code /network}. */
public record NetworkApi(String contract, Map<String, Operation> operations) implements ApiService {

    static final String PREFIX = "/network";

    private static final String ROOT = PREFIX + "/v2.0";
    private static final FaultShape FAULTS = new NetworkFaults();
    private static final Set<String> OPEN = Set.of(PREFIX, PREFIX + "/", ROOT, ROOT + "/");

    /** A network is on the hosts' own wires, so it is the operator's to make. */
    public static final Policy POLICY = Policy.table()
            .put(Rule.OPEN, "listVersions", "showVersion")
            .put(
                    Rule.READER,
                    "listExtensions",
                    "showExtension",
                    "listNetworks",
                    "showNetwork",
                    "listSubnets",
                    "showSubnet",
                    "listPorts",
                    "showPort",
                    "listSecurityGroups",
                    "showSecurityGroup",
                    "listSecurityGroupRules",
                    "showSecurityGroupRule",
                    "showQuota",
                    "showDefaultQuota",
                    "showQuotaDetails",
                    "listAvailabilityZones",
                    "listRouters",
                    "showRouter",
                    "listFloatingIps",
                    "showFloatingIp")
            .put(
                    Rule.MEMBER,
                    "createPort",
                    "updatePort",
                    "deletePort",
                    "createSecurityGroup",
                    "updateSecurityGroup",
                    "deleteSecurityGroup",
                    "createSecurityGroupRule",
                    "deleteSecurityGroupRule",
                    "createRouter",
                    "createFloatingIp")
            .put(
                    Rule.ADMIN,
                    "createNetwork",
                    "updateNetwork",
                    "deleteNetwork",
                    "createSubnet",
                    "updateSubnet",
                    "deleteSubnet",
                    "listAgents")
            .done();

    public static NetworkApi over(
            Networks networks, SecurityGroups groups, Instances instances, NetworkSettings settings) {
        Map<String, Operation> operations = new LinkedHashMap<>();
        operations.putAll(new Fixtures(networks, settings).operations());
        operations.putAll(new NetworksProxy(networks).operations());
        operations.putAll(new SubnetsProxy(networks).operations());
        operations.putAll(new PortsProxy(
                        networks,
                        new Bindings(networks, instances, settings.bridges().keySet()))
                .operations());
        operations.putAll(new SecurityGroupsProxy(groups).operations());
        return new NetworkApi(Resources.text("/openapi/network.yaml"), Map.copyOf(operations));
    }

    @Override
    public String type() {
        return "network";
    }

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public Policy policy() {
        return POLICY;
    }

    @Override
    public boolean isOpen(HttpMethod method, String path) {
        return HttpMethod.GET.equals(method) && OPEN.contains(path);
    }

    @Override
    public @Nullable Microversions microversions(String path) {
        return null;
    }

    @Override
    public FaultShape faults() {
        return FAULTS;
    }
}
