package io.holdfast.api.masakari;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Hosts;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.recovery.FailoverHost;
import io.holdfast.recovery.FailoverSegment;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hosts of failover segments.
 *
 * <p>A reserved host is out of service for everybody else, which is Nova's "disabled" here as there; whoever takes the reservation back
 * has it in service again, unless an operator had disabled it for another reason.
 */
final class FailoverHosts {

    private static final String RESERVED = "reserved in failover segment ";

    private static final Listing<Places.Member> LISTING = new Listing<>(
            member -> member.host().uuid().toString(),
            FailoverHosts::number,
            Map.of(
                    "id", FailoverHosts::number,
                    "uuid", member -> member.host().uuid().toString(),
                    "name", member -> member.host().id().value(),
                    "type", Places.Member::type,
                    "control_attributes", Places.Member::controlAttributes,
                    "reserved", Places.Member::reserved,
                    "on_maintenance", Places.Member::onMaintenance,
                    "created_at", FailoverHosts::createdAt,
                    "updated_at", FailoverHosts::updatedAt));

    private final Places places;
    private final Hosts hosts;
    private final FailoverSegments segments;
    private final Recovery recovery;

    FailoverHosts(Places places, Hosts hosts, FailoverSegments segments, Recovery recovery) {
        this.places = places;
        this.hosts = hosts;
        this.segments = segments;
        this.recovery = recovery;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listFailoverHosts", this::list);
        table.put("createFailoverHost", this::create);
        table.put("showFailoverHost", call -> reply(200, call, member(call)));
        table.put("updateFailoverHost", this::update);
        table.put("deleteFailoverHost", this::delete);
        return table;
    }

    private Reply list(Call call) {
        FailoverSegment segment = places.segment(call.path("segment_id"));
        String name = call.query("name");
        String type = call.query("type");
        String attributes = call.query("control_attributes");
        Boolean reserved = flag(call, "reserved");
        Boolean onMaintenance = flag(call, "on_maintenance");
        JsonArray found = new JsonArray();
        LISTING.page(
                        call,
                        places.members(segment).stream()
                                .filter(one ->
                                        name == null || one.host().id().value().equals(name))
                                .filter(one -> type == null || one.type().equals(type))
                                .filter(one -> attributes == null
                                        || one.controlAttributes().equals(attributes))
                                .filter(one -> reserved == null || one.reserved() == reserved)
                                .filter(one -> onMaintenance == null || one.onMaintenance() == onMaintenance)
                                .sorted(Comparator.comparing(FailoverHosts::createdAt)
                                        .reversed()
                                        .thenComparing(one -> one.host().id()))
                                .toList())
                .forEach(one -> found.add(view(one, call)));
        return Reply.ok(new JsonObject().put("hosts", found));
    }

    private Reply create(Call call) {
        FailoverSegment segment = places.segment(call.path("segment_id"));
        JsonObject wanted = call.body().getJsonObject("host");
        Places.Member before = compute(wanted.getString("name"));
        if (before.about() != null || before.segment().uuid().equals(segment.uuid())) {
            throw ApiFault.conflict("Host with name " + before.host().id() + " already exists"
                    + (before.segment().uuid().equals(segment.uuid())
                            ? "."
                            : " in failover segment " + before.segment().name() + "."));
        }
        places.requireQuiet(before.segment(), "Host " + before.host().uuid() + " can't be moved");
        put(
                segment,
                before,
                wanted.getString("type"),
                wanted.getString("control_attributes"),
                Texts.flag(wanted, "reserved", false),
                call.caller().actor());
        if (wanted.containsKey("on_maintenance")) {
            maintain(
                    before,
                    Texts.flag(wanted, "on_maintenance", false),
                    call.caller().actor());
        }
        return reply(201, call, places.member(segment, before.host().uuid().toString()));
    }

    private Reply update(Call call) {
        Places.Member before = member(call);
        JsonObject wanted = call.body().getJsonObject("host");
        String name = wanted.getString("name", before.host().id().value());
        if (!compute(name).host().id().equals(before.host().id())) {
            throw ApiFault.conflict("Host " + before.host().id() + " cannot become host " + name
                    + ": a host has the name that it introduces itself with. Add the other one to the segment.");
        }
        places.requireQuiet(before.segment(), "Host " + before.host().uuid() + " can't be updated");
        boolean said = wanted.containsKey("type")
                || wanted.containsKey("control_attributes")
                || Texts.flag(wanted, "reserved", before.reserved()) != before.reserved();
        if (said) {
            put(
                    before.segment(),
                    before,
                    wanted.getString("type", before.type()),
                    wanted.getString("control_attributes", before.controlAttributes()),
                    Texts.flag(wanted, "reserved", before.reserved()),
                    call.caller().actor());
        }
        if (wanted.containsKey("on_maintenance")) {
            maintain(
                    before,
                    Texts.flag(wanted, "on_maintenance", false),
                    call.caller().actor());
        }
        return reply(200, call, member(call));
    }

    private Reply delete(Call call) {
        Places.Member before = member(call);
        places.requireQuiet(before.segment(), "Host " + before.host().uuid() + " can't be deleted");
        if (before.about() == null) {
            throw ApiFault.conflict("Host " + before.host().id() + " is in failover segment "
                    + before.segment().name()
                    + " because the controllers look after it; put it into another, or stop its agent for good.");
        }
        if (before.reserved()) {
            backInService(before, call.caller().actor());
        }
        segments.remove(before.host().id());
        return Reply.empty(204);
    }

    private void put(
            FailoverSegment segment, Places.Member before, String type, String attributes, boolean reserved, Actor by) {
        HostId host = before.host().id();
        segments.put(host, segment.uuid(), type, attributes, reserved);
        if (reserved && before.host().enabled()) {
            hosts.disable(host, by, RESERVED + segment.name());
        } else if (!reserved && before.reserved()) {
            backInService(before, by);
        }
    }

    private void backInService(Places.Member member, Actor by) {
        String reason = member.host().disabledReason();
        if (reason != null && reason.startsWith(RESERVED)) {
            hosts.enable(member.host().id(), by);
        }
    }

    /** Both are ended by the same word, because here both keep instances and monitors' words away from the host. */
    private void maintain(Places.Member before, boolean on, Actor by) {
        HostId host = before.host().id();
        if (on) {
            recovery.maintenance(host, true, by, "through the instance-ha API");
            return;
        }
        recovery.maintenance(host, false, by, "");
        if (before.host().forcedDown()) {
            recovery.clearForceDown(host, by);
        }
    }

    private Places.Member compute(String name) {
        return places.named(name)
                .orElseThrow(() -> ApiFault.badRequest("Compute service with name " + name + " could not be found."));
    }

    private Places.Member member(Call call) {
        return places.member(places.segment(call.path("segment_id")), call.path("host_id"));
    }

    private static @Nullable Boolean flag(Call call, String name) {
        String value = call.query(name);
        return value == null ? null : Boolean.valueOf(Texts.flag(name, value));
    }

    private static Reply reply(int status, Call call, Places.Member member) {
        return Reply.of(status, new JsonObject().put("host", view(member, call)));
    }

    private static JsonObject view(Places.Member member, Call call) {
        return new JsonObject()
                .put("id", number(member))
                .put("uuid", member.host().uuid().toString())
                .put("name", member.host().id().value())
                .put("failover_segment_id", member.segment().uuid().toString())
                .put("failover_segment", SegmentsProxy.view(member.segment(), call.version()))
                .put("type", member.type())
                .put("control_attributes", member.controlAttributes())
                .put("reserved", member.reserved())
                .put("on_maintenance", member.onMaintenance())
                .put("created_at", Texts.time(createdAt(member)))
                .put("updated_at", Texts.time(updatedAt(member)))
                .put("deleted", false)
                .put("deleted_at", null);
    }

    /** Of the uuid, because a host has no number. */
    private static long number(Places.Member member) {
        return member.host().uuid().getMostSignificantBits() & Integer.MAX_VALUE;
    }

    private static Instant createdAt(Places.Member member) {
        FailoverHost about = member.about();
        return about == null ? member.host().createdAt() : about.createdAt();
    }

    /** Of the host or of what was said of it, whichever changed last; null when nothing has since it was put here. */
    private static @Nullable Instant updatedAt(Places.Member member) {
        FailoverHost about = member.about();
        Instant said = about == null ? null : about.updatedAt();
        Instant changed = member.host().updatedAt();
        Instant last = said != null && said.isAfter(changed) ? said : changed;
        return last.isAfter(createdAt(member)) ? last : null;
    }
}
