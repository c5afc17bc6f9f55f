package io.holdfast.api.masakari;

import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.FaultShape;
import io.holdfast.api.http.Faults;
import io.holdfast.api.http.Microversion;
import io.holdfast.api.http.Microversions;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Policy;
import io.holdfast.api.http.Resources;
import io.holdfast.api.http.Rule;
import io.holdfast.api.words.Words;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instances;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.Recovery;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Masakari's API, microversions 1.0 to 1.3. */
public record InstanceHa(String contract, Map<String, Operation> operations) implements ApiService {

    static final String PREFIX = "/instance-ha";
    static final String ROOT = PREFIX + "/v1";

    static final Microversions VERSIONS =
            new Microversions("instance-ha", null, new Microversion(1, 0), new Microversion(1, 3));

    /** Answered without a token; the contract says {@code security: []} for each. */
    private static final Set<String> OPEN = Set.of(PREFIX, PREFIX + "/", ROOT, ROOT + "/");

    /** Notifications are for monitors, too, which {@link Words#requireMay} knows. */
    public static final Policy POLICY = Policy.table()
            .put(Rule.OPEN, "listInstanceHaVersions", "showInstanceHaVersion")
            .put(
                    Rule.ADMIN,
                    "listFailoverSegments",
                    "createFailoverSegment",
                    "showFailoverSegment",
                    "updateFailoverSegment",
                    "deleteFailoverSegment",
                    "listFailoverHosts",
                    "createFailoverHost",
                    "showFailoverHost",
                    "updateFailoverHost",
                    "deleteFailoverHost",
                    "listExtensions",
                    "showExtension")
            // Whom the settings name as a monitor, or admin: see the comment above.
            .put(Rule.READER, "listNotifications", "createNotification", "showNotification", "listVMoves", "showVMove")
            .done();

    public InstanceHa {
        operations = Map.copyOf(operations);
    }

    /** @param repeatsWithin the same word within this time is a repeat */
    public static InstanceHa of(
            Hosts hosts,
            Instances instances,
            Recovery recovery,
            FailoverSegments segments,
            NotificationBook book,
            Words words,
            Duration repeatsWithin,
            InstantSource clock) {
        Places places = new Places(hosts, recovery, segments);
        Map<String, Operation> operations = new LinkedHashMap<>();
        operations.putAll(new Versions().operations());
        operations.putAll(new SegmentsProxy(places, segments, recovery).operations());
        operations.putAll(new FailoverHosts(places, hosts, segments, recovery).operations());
        operations.putAll(new Notifications(
                        places,
                        recovery,
                        new Followed(book, recovery, clock),
                        book,
                        words,
                        new GuestWords(hosts, instances),
                        repeatsWithin,
                        clock)
                .operations());
        return new InstanceHa(Resources.text("/openapi/masakari.yaml"), operations);
    }

    @Override
    public String type() {
        return "instance-ha";
    }

    @Override
    public String prefix() {
        return PREFIX;
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
        return path.equals(ROOT) || path.startsWith(ROOT + "/") ? VERSIONS : null;
    }

    @Override
    public FaultShape faults() {
        return InstanceHa::fault;
    }

    /** As Nova's, but for its own name of what has no other. */
    private static JsonObject fault(int status, String message, String requestId) {
        JsonObject nova = Faults.nova(status, message, requestId);
        return nova.containsKey("computeFault")
                ? new JsonObject().put("masakariFault", nova.getJsonObject("computeFault"))
                : nova;
    }
}
