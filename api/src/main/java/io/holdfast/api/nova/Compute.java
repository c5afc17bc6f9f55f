package io.holdfast.api.nova;

import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.FaultShape;
import io.holdfast.api.http.Faults;
import io.holdfast.api.http.Microversion;
import io.holdfast.api.http.Microversions;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Policy;
import io.holdfast.api.http.Rule;
import io.vertx.core.http.HttpMethod;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Nova's API under {@code /v2.1}, and under {@code /ha/v1} what Nova has no words for: every path that no other API has. */
public record Compute(String contract, Map<String, Operation> operations) implements ApiService {

    static final Microversions VERSIONS = new Microversions(
            "compute", "X-OpenStack-Nova-API-Version", new Microversion(2, 1), new Microversion(2, 96));

    private static final String ROOT = "/v2.1";

    /** Answered without a token; the contract says {@code security: []} for each. */
    private static final Set<String> OPEN = Set.of("/", ROOT, ROOT + "/", "/ha/v1/health");

    private static final Policy POLICY = Policy.table()
            .put(Rule.OPEN, "listVersions", "showVersion", "health")
            .put(
                    Rule.READER,
                    // instances of the caller's project
                    "listServers",
                    "listServersDetail",
                    "showServer",
                    "listServerTags",
                    "checkServerTag",
                    "listServerMetadata",
                    "showServerMeta",
                    "listServerIps",
                    "showServerIps",
                    "listServerInterfaces",
                    "showServerInterface",
                    "listServerGroups",
                    "showServerGroup",
                    // what everybody chooses from
                    "listFlavors",
                    "listFlavorsDetail",
                    "showFlavor",
                    "listExtraSpecs",
                    "showExtraSpec",
                    "listImages",
                    "listImagesDetail",
                    "showImage",
                    // what concerns its instances
                    "listMoves",
                    "listEvents",
                    "listWebhooks",
                    "showWebhook")
            // Whom the settings name as a monitor, or admin; who that is, is asked where words are weighed.
            .put(Rule.READER, "receiveAlerts")
            .put(
                    Rule.MEMBER,
                    "createServer",
                    "updateServer",
                    "deleteServer",
                    // evacuate and migrate ask for the role admin themselves
                    "serverAction",
                    "replaceServerTags",
                    "deleteServerTags",
                    "addServerTag",
                    "deleteServerTag",
                    "mergeServerMetadata",
                    "replaceServerMetadata",
                    "setServerMeta",
                    "deleteServerMeta",
                    "createServerGroup",
                    "deleteServerGroup",
                    "createWebhook",
                    "deleteWebhook")
            .put(
                    Rule.ADMIN,
                    // flavors and images are the operator's
                    "createFlavor",
                    "deleteFlavor",
                    "addExtraSpecs",
                    "setExtraSpec",
                    "deleteExtraSpec",
                    "listImageFiles",
                    "createImage",
                    "deleteImage",
                    // so are hosts, by all of their names
                    "listServices",
                    "forceDownService",
                    "enableService",
                    "disableService",
                    "disableServiceWithReason",
                    "updateService",
                    "listHypervisors",
                    "listHypervisorsDetail",
                    "showHypervisor",
                    "listSegments",
                    "showSegment",
                    "listHosts",
                    "showHost",
                    "forceDownHost",
                    "clearForceDown",
                    "checkFencing",
                    "powerOnHost",
                    // a case names instances of all projects
                    "listCases",
                    "showCase",
                    "retryCase",
                    "abandonCase",
                    // an order about a host or a segment concerns everybody on it
                    "confirmHostDead",
                    "startHostMaintenance",
                    "endHostMaintenance",
                    "releaseHost",
                    "startSegmentMaintenance",
                    "endSegmentMaintenance",
                    "armSegment",
                    "whatIf")
            .done();

    public Compute {
        operations = Map.copyOf(operations);
    }

    @Override
    public String type() {
        return "compute";
    }

    @Override
    public String prefix() {
        return "";
    }

    @Override
    public String versionWithProjects() {
        return ROOT;
    }

    @Override
    public Policy policy() {
        return POLICY;
    }

    @Override
    public boolean isOpen(HttpMethod method, String path) {
        return OPEN.contains(path);
    }

    @Override
    public @Nullable Microversions microversions(String path) {
        return path.startsWith(ROOT) ? VERSIONS : null;
    }

    @Override
    public FaultShape faults() {
        return Faults::nova;
    }
}
