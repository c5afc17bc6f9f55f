package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.FaultShape;
import io.holdfast.api.http.Faults;
import io.holdfast.api.http.Microversion;
import io.holdfast.api.http.Microversions;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Policy;
import io.holdfast.api.http.Rule;
import io.holdfast.api.words.Words;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instances;
import io.holdfast.compute.ServerGroups;
import io.holdfast.membership.HostStatus;
import io.holdfast.model.HostId;
import io.holdfast.recovery.Recovery;
import io.vertx.core.http.HttpMethod;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Nova's API under {@code /v2.1}, and under {@code /ha/v1} what Nova has no words for: every path that no other API has. */
public record Compute(String contract, Map<String, Operation> operations) implements ApiService {

    static final Microversions VERSIONS = new Microversions(
            "compute", "X-OpenStack-Nova-API-Version", new Microversion(2, 1), new Microversion(2, 96));

    static final Absent ABSENT = Absent.read();

    private static final String ROOT = "/v2.1";

    /** Answered without a token; the contract says {@code security: []} for each. */
    private static final Set<String> OPEN = Set.of("/", ROOT, ROOT + "/", "/ha/v1/health");

    private static final Policy POLICY = Policy.table()
            .put(Rule.OPEN, "listVersions", "showVersion", "health")
            .put(Rule.ANY, "showVersionById")
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
                    "listVolumeAttachments",
                    "listInstanceActions",
                    "showInstanceAction",
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
                    "listAvailabilityZones",
                    "listScheduleHints",
                    // its own keys, limits and amounts
                    "listKeyPairs",
                    "showKeyPair",
                    "showQuotas",
                    "showQuotasDetail",
                    "showDefaultQuotas",
                    "showLimits",
                    "showUsage",
                    // what concerns its instances
                    "listMoves",
                    "listSays",
                    "showSay",
                    "showGroupSay",
                    "showGuest",
                    "listEvents",
                    "followEvents",
                    "showPresent",
                    "listWebhooks",
                    "showWebhook",
                    "listWebhookAttempts",
                    "listDeadLetters")
            // Whom the settings name as a monitor, or admin; who that is, is asked where words are weighed.
            .put(Rule.READER, "receiveAlerts", "reportMoves", "listAdvisories", "postAdvisory", "withdrawAdvisory")
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
                    "setSay",
                    "unsetSay",
                    "answerSay",
                    "setGroupSay",
                    "unsetGroupSay",
                    "recoverInstance",
                    "createKeyPair",
                    "deleteKeyPair",
                    "createWebhook",
                    "deleteWebhook",
                    "pauseWebhook",
                    "resumeWebhook",
                    "testWebhook",
                    "retryDeadLetters")
            .put(
                    Rule.ADMIN,
                    // flavors and images are the operator's
                    "createFlavor",
                    "updateFlavor",
                    "deleteFlavor",
                    "flavorAction",
                    "listFlavorAccess",
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
                    "hypervisorStatistics",
                    "searchHypervisors",
                    "hypervisorServers",
                    "listAvailabilityZonesDetail",
                    "listAggregates",
                    "createAggregate",
                    "showAggregate",
                    "updateAggregate",
                    "deleteAggregate",
                    "aggregateAction",
                    "listMigrations",
                    "listServerMigrations",
                    "showServerMigration",
                    "abortServerMigration",
                    "showServerDiagnostics",
                    // and what each project may have
                    "updateQuotas",
                    "deleteQuotas",
                    "showQuotaClass",
                    "updateQuotaClass",
                    "listUsage",
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
                    "weighHost",
                    "startSegmentMaintenance",
                    "endSegmentMaintenance",
                    "armSegment",
                    "whatIf",
                    "showCapacity",
                    "showMetrics",
                    // it names all hosts
                    "explainSchedule",
                    // who did what, of all projects
                    "listAudit")
            .done();

    public Compute {
        operations = Map.copyOf(operations);
    }

    /** Of Nova's part; those under {@code /ha/v1} are others'. */
    public static Map<String, Operation> operations(
            Instances instances,
            Catalog catalog,
            Hosts hosts,
            ServerGroups groups,
            Books books,
            ServerNetworks networks,
            Recovery recovery,
            Words words,
            Function<HostId, Optional<HostStatus>> membership,
            InstantSource clock) {
        ServiceState states = new ServiceState(membership);
        Map<String, Operation> table = new LinkedHashMap<>();
        table.putAll(new Versions().operations());
        table.putAll(
                new Servers(instances, catalog, hosts, groups, books, networks, recovery, states, clock).operations());
        table.putAll(networks.operations(instances));
        table.putAll(new InstanceActions(instances).operations());
        table.putAll(new Migrations(recovery, instances).operations());
        table.putAll(new ServerGroupsProxy(groups).operations());
        table.putAll(new Flavors(catalog).operations());
        table.putAll(new ImagesProxy(catalog).operations());
        table.putAll(new HostsProxy(hosts, instances, recovery, words, states).operations());
        table.putAll(new ZonesProxy(hosts, books.aggregates(), states).operations());
        table.putAll(new KeyPairsProxy(books.keyPairs(), clock).operations());
        table.putAll(new QuotasProxy(books.quotas()).operations());
        table.putAll(new Usage(instances, catalog, clock).operations());
        return table;
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

    @Override
    public Optional<ApiFault> absent(HttpMethod method, String path, Microversion version) {
        return path.startsWith(ROOT + "/")
                ? ABSENT.route(method.name(), path.substring(ROOT.length()), version)
                : Optional.empty();
    }
}
