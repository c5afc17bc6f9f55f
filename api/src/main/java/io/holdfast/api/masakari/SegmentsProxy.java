package io.holdfast.api.masakari;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Microversion;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.FailoverSegment;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.RecoveryMethod;
import io.holdfast.recovery.core.Armed;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/** Failover segments. */
final class SegmentsProxy {

    private static final int ENABLED_FROM = 2;

    private static final Listing<FailoverSegment> LISTING = new Listing<>(
            segment -> segment.uuid().toString(),
            FailoverSegment::id,
            Map.of(
                    "id", FailoverSegment::id,
                    "uuid", segment -> segment.uuid().toString(),
                    "name", FailoverSegment::name,
                    "description", FailoverSegment::description,
                    "service_type", FailoverSegment::serviceType,
                    "recovery_method", segment -> segment.method().word(),
                    "enabled", FailoverSegment::enabled,
                    "created_at", FailoverSegment::createdAt,
                    "updated_at", FailoverSegment::updatedAt));

    private final Places places;
    private final FailoverSegments segments;
    private final Recovery recovery;

    SegmentsProxy(Places places, FailoverSegments segments, Recovery recovery) {
        this.places = places;
        this.segments = segments;
        this.recovery = recovery;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listFailoverSegments", this::list);
        table.put("createFailoverSegment", this::create);
        table.put("showFailoverSegment", call -> reply(200, call, places.segment(call.path("segment_id"))));
        table.put("updateFailoverSegment", this::update);
        table.put("deleteFailoverSegment", this::delete);
        return table;
    }

    private Reply list(Call call) {
        String method = call.query("recovery_method");
        String service = call.query("service_type");
        String enabled = call.query("enabled");
        JsonArray found = new JsonArray();
        LISTING.page(
                        call,
                        places.segments().stream()
                                .filter(one ->
                                        method == null || one.method().word().equals(method))
                                .filter(one ->
                                        service == null || one.serviceType().equals(service))
                                .filter(one -> enabled == null || one.enabled() == Texts.flag("enabled", enabled))
                                .toList())
                .forEach(one -> found.add(view(one, call.version())));
        return Reply.ok(new JsonObject().put("segments", found));
    }

    private Reply create(Call call) {
        JsonObject wanted = wanted(call);
        return reply(
                201,
                call,
                segments.create(
                        wanted.getString("name"),
                        wanted.getString("description"),
                        RecoveryMethod.of(wanted.getString("recovery_method")),
                        wanted.getString("service_type"),
                        Texts.flag(wanted, "enabled", true)));
    }

    private Reply update(Call call) {
        FailoverSegment before = places.segment(call.path("segment_id"));
        JsonObject wanted = wanted(call);
        places.requireQuiet(before, "Failover segment " + before.uuid() + " can't be updated");
        FailoverSegment next = before.with(
                wanted.getString("name", before.name()),
                wanted.getString("description", before.description()),
                RecoveryMethod.of(
                        wanted.getString("recovery_method", before.method().word())),
                wanted.getString("service_type", before.serviceType()),
                Texts.flag(wanted, "enabled", before.enabled()));
        if (!before.own()) {
            return reply(200, call, segments.update(next));
        }
        if (!next.name().equals(before.name())) {
            throw ApiFault.conflict("Failover segment " + before.name()
                    + " is the one that the controllers look after; its name is in their settings.");
        }
        if (next.enabled() != before.enabled()) {
            recovery.arm(
                    SegmentId.of(before.name()),
                    next.enabled() ? Armed.ARMED : Armed.IGNORE,
                    call.caller().actor(),
                    next.enabled() ? "" : "disabled through the instance-ha API");
        }
        segments.update(next.with(next.name(), next.description(), next.method(), next.serviceType(), true));
        return reply(200, call, places.segment(call.path("segment_id")));
    }

    private Reply delete(Call call) {
        FailoverSegment before = places.segment(call.path("segment_id"));
        if (before.own()) {
            throw ApiFault.conflict("Failover segment " + before.name()
                    + " is the one that the controllers look after; it cannot be deleted.");
        }
        places.requireQuiet(before, "Failover segment " + before.uuid() + " can't be deleted");
        if (places.members(before).stream().anyMatch(Places.Member::reserved)) {
            throw ApiFault.conflict("Failover segment " + before.name()
                    + " has reserved hosts, which are out of service; take their reservation back first.");
        }
        segments.delete(before.uuid());
        return Reply.empty(204);
    }

    private static JsonObject wanted(Call call) {
        JsonObject wanted = call.body().getJsonObject("segment");
        if (wanted.containsKey("enabled") && !call.version().atLeast(ENABLED_FROM)) {
            throw ApiFault.badRequest("Invalid input for field/attribute segment. Additional properties are not"
                    + " allowed ('enabled' was unexpected; it is there from 1.2 on)");
        }
        return wanted;
    }

    private static Reply reply(int status, Call call, FailoverSegment segment) {
        return Reply.of(status, new JsonObject().put("segment", view(segment, call.version())));
    }

    static JsonObject view(FailoverSegment segment, Microversion version) {
        JsonObject view = new JsonObject()
                .put("id", segment.id())
                .put("uuid", segment.uuid().toString())
                .put("name", segment.name())
                .put("description", segment.description())
                .put("service_type", segment.serviceType())
                .put("recovery_method", segment.method().word())
                .put("created_at", Texts.time(segment.createdAt()))
                .put("updated_at", Texts.time(segment.updatedAt()))
                .put("deleted", false)
                .put("deleted_at", null);
        return version.atLeast(ENABLED_FROM) ? view.put("enabled", segment.enabled()) : view;
    }
}
