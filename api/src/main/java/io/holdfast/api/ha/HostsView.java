package io.holdfast.api.ha;

import io.holdfast.api.Advised;
import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.api.words.Words;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAdvice;
import io.holdfast.compute.Hosts;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.Rehearsal;
import io.holdfast.membership.Evidence;
import io.holdfast.membership.HostStatus;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.core.SegmentOrders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Segments and hosts: what the store holds of them, and what membership holds of their health. */
public final class HostsView {

    private static final int OPEN_CASES_MAX = 10_000;
    private static final int NOTES_MAX = 20;

    private final Hosts hosts;
    private final Recovery recovery;
    private final Words words;
    private final Rehearsal rehearsal;
    private final Advised advised;
    private final Function<HostId, Optional<HostStatus>> membership;
    private final LongSupplier nanoTime;

    /** @param nanoTime the clock by which membership says when it observed something */
    public HostsView(
            Hosts hosts,
            Recovery recovery,
            Words words,
            Rehearsal rehearsal,
            Advised advised,
            Function<HostId, Optional<HostStatus>> membership,
            LongSupplier nanoTime) {
        this.hosts = hosts;
        this.recovery = recovery;
        this.words = words;
        this.rehearsal = rehearsal;
        this.advised = advised;
        this.membership = membership;
        this.nanoTime = nanoTime;
    }

    public Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listSegments", this::segments);
        table.put("showSegment", this::segment);
        table.put("listHosts", this::list);
        table.put("showHost", this::show);
        table.put("forceDownHost", this::forceDown);
        table.put("clearForceDown", this::clear);
        return table;
    }

    private Reply segments(Call call) {
        JsonArray segments = new JsonArray();
        Map<HostId, FenceReadiness> fencing = rehearsal.remembered();
        bySegment().forEach((id, members) -> segments.add(segment(id, members, fencing)));
        return Reply.ok(new JsonObject().put("segments", segments));
    }

    private Reply segment(Call call) {
        String id = call.path("segment");
        List<ComputeHost> members = bySegment().get(id);
        if (members == null) {
            throw ApiFault.notFound("Segment " + id + " could not be found.");
        }
        return Reply.ok(new JsonObject().put("segment", segment(id, members, rehearsal.remembered())));
    }

    private Reply list(Call call) {
        Map<HostId, CaseView> open = openCases();
        Map<HostId, FenceReadiness> fencing = rehearsal.remembered();
        Map<HostId, HostAdvice> said = advised.book().inForce();
        JsonArray all = new JsonArray();
        hosts.list()
                .forEach(host ->
                        all.add(advised(host(host, Optional.ofNullable(open.get(host.id()))), said.get(host.id()))
                                .put("fenceCheck", checked(fencing.get(host.id())))));
        return Reply.ok(new JsonObject().put("hosts", all));
    }

    private Reply show(Call call) {
        ComputeHost host = named(call);
        Optional<CaseView> open = recovery.cases(host.id(), true, 1).stream().findFirst();
        // Of the last life: a host that serves again has nothing to wait for, and says so.
        CaseView.PowerReturnLine back = recovery.cases(host.id(), null, 1).stream()
                .findFirst()
                .map(CaseView::powerReturn)
                .orElse(null);
        JsonArray notes = new JsonArray();
        recovery.notes(host.id(), NOTES_MAX)
                .forEach(note -> notes.add(new JsonObject()
                        .put("at", note.at().toString())
                        .put("kind", note.kind())
                        .put("text", note.text())));
        return Reply.ok(new JsonObject()
                .put(
                        "host",
                        advised(host(host, open), advised.book().inForce().get(host.id()))
                                .put(
                                        "fenceCheck",
                                        checked(rehearsal.remembered(host.id()).orElse(null)))
                                .put("fencing", new JsonArray(recovery.fencing(host.id())))
                                .put("powerReturn", Cases.powerReturn(back))
                                .put("notes", notes)));
    }

    private Reply forceDown(Call call) {
        ComputeHost host = named(call);
        boolean fenced = call.body().getBoolean("fenced", false);
        if (words.down(call.caller(), host.id(), fenced, call.body().getString("reason", ""))
                instanceof Words.Said.NotActed(String why)) {
            throw ApiFault.conflict("Host " + host.id() + " is not forced down: " + why);
        }
        Optional<CaseView> open = recovery.cases(host.id(), true, 1).stream().findFirst();
        ComputeHost now = hosts.find(host.id()).orElse(host);
        return Reply.of(202, new JsonObject().put("host", host(now, open)));
    }

    private Reply clear(Call call) {
        recovery.clearForceDown(named(call).id(), call.caller().actor());
        return Reply.empty(204);
    }

    private ComputeHost named(Call call) {
        return NamedHosts.require(hosts, call.path("host"));
    }

    private Map<HostId, CaseView> openCases() {
        return recovery.cases(null, true, OPEN_CASES_MAX).stream()
                .collect(Collectors.toMap(CaseView::host, one -> one, (newer, older) -> newer));
    }

    private Map<String, List<ComputeHost>> bySegment() {
        return hosts.list().stream()
                .collect(Collectors.groupingBy(host -> host.segment().value(), TreeMap::new, Collectors.toList()));
    }

    private JsonObject checked(@Nullable FenceReadiness known) {
        return FenceChecks.view(known, rehearsal.interval(), Instant.now());
    }

    private JsonObject segment(String id, List<ComputeHost> members, Map<HostId, FenceReadiness> fencing) {
        JsonArray unready = new JsonArray();
        FenceChecks.withoutFence(members, fencing).forEach(host -> unready.add(host.value()));
        JsonArray names = new JsonArray();
        JsonObject health = new JsonObject();
        for (ComputeHost host : members) {
            names.add(host.id().value());
            String state = membership
                    .apply(host.id())
                    .map(status -> status.health().name())
                    .orElse("ABSENT");
            health.put(state, health.getInteger(state, 0) + 1);
        }
        SegmentOrders orders = recovery.orders(SegmentId.of(id));
        return new JsonObject()
                .put("id", id)
                .put("hosts", names)
                .put("hostsByHealth", health)
                .put("hostsWithoutFence", unready)
                .put("armed", orders.armed().name())
                .put("armedWhy", orders.why())
                .put("maintenance", orders.maintenance());
    }

    private JsonObject host(ComputeHost host, Optional<CaseView> open) {
        Optional<HostStatus> status = membership.apply(host.id());
        long nowNanos = nanoTime.getAsLong();
        JsonArray evidence = new JsonArray();
        status.ifPresent(known -> known.evidence().forEach(one -> evidence.add(piece(one, nowNanos))));
        HealthRow row = status.map(HostStatus::row).orElse(null);
        JsonArray reactions = new JsonArray();
        if (row != null) {
            row.reactions().forEach(reaction -> reactions.add(reaction.written()));
        }
        return new JsonObject()
                .put("name", host.id().value())
                .put("uuid", host.uuid().toString())
                .put("segment", host.segment().value())
                .put("zone", host.zone())
                .put("state", host.state().name())
                .put("epoch", host.epoch().value())
                .put("incarnation", host.incarnation().value())
                .put("bootId", host.bootId())
                .put("enabled", host.enabled())
                .put("disabledReason", host.disabledReason())
                .put("forcedDown", host.forcedDown())
                .put("maintenance", host.maintenance())
                .put("quarantine", host.quarantine())
                .put(
                        "quarantinedAt",
                        host.quarantinedAt() == null
                                ? null
                                : host.quarantinedAt().toString())
                .put(
                        "failureDomains",
                        new JsonObject(new LinkedHashMap<>(host.domains().names())))
                .put("takesClaims", host.takesClaims())
                .put("address", host.address())
                .put("port", host.port())
                .put("capacity", resources(host.capacity()))
                .put("used", resources(host.used()))
                .put("instances", host.instances())
                .put("createdAt", host.createdAt().toString())
                .put("updatedAt", host.updatedAt().toString())
                .put(
                        "lastSeenAt",
                        host.lastSeenAt() == null ? null : host.lastSeenAt().toString())
                .put("health", status.map(known -> known.health().name()).orElse("ABSENT"))
                .put("healthReason", status.map(HostStatus::reason).orElse("membership has never seen it"))
                .put(
                        "healthSince",
                        status.map(known -> known.since().toString()).orElse(null))
                .put("healthRow", row == null ? null : row.name())
                .put("healthRowWhen", row == null ? null : row.when())
                .put("reactions", reactions)
                .put("evidence", evidence)
                .put("caseId", open.map(one -> one.id().toString()).orElse(null));
    }

    private static JsonObject piece(Evidence one, long nowNanos) {
        Duration age = one.age(nowNanos);
        return new JsonObject()
                .put("signal", one.signal().name())
                .put("source", one.source())
                .put("reading", one.reading())
                .put("since", one.since().toString())
                .put("ageMillis", age == null ? null : age.toMillis());
    }

    private JsonObject advised(JsonObject host, @Nullable HostAdvice said) {
        HostAdvice advice = said == null ? HostAdvice.NONE : said;
        return host.put("advisories", AdvisoriesView.views(advice, advised.settings()))
                .put("weight", advice.weight());
    }

    private static JsonObject resources(Resources resources) {
        return new JsonObject()
                .put("vcpus", resources.vcpus())
                .put("memoryMib", resources.memoryMib())
                .put("diskGib", resources.diskGib());
    }
}
