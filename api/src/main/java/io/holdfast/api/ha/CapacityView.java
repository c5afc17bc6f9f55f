package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.recovery.AdmissionSettings;
import io.holdfast.recovery.Capacity;
import io.holdfast.scheduler.capacity.Answer;
import io.holdfast.scheduler.capacity.Details;
import io.holdfast.scheduler.capacity.Failure;
import io.holdfast.scheduler.capacity.Outlook;
import io.holdfast.scheduler.capacity.Remedy;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What each segment could survive, and what would help where it could not. */
public final class CapacityView {

    private final Capacity capacity;
    private final InstantSource clock;

    public CapacityView(Capacity capacity, InstantSource clock) {
        this.capacity = capacity;
        this.clock = clock;
    }

    public Map<String, Operation> operations() {
        return Map.of("showCapacity", this::show);
    }

    private Reply show(Call call) {
        String named = call.query("segment");
        Capacity.Report report = capacity.look();
        JsonArray segments = new JsonArray();
        for (Capacity.Segment segment : report.segments()) {
            if (named == null || segment.id().value().equals(named)) {
                segments.add(segment(segment, capacity.policy(segment.id())));
            }
        }
        if (named != null && segments.isEmpty()) {
            throw ApiFault.notFound("Segment " + named + " could not be found.");
        }
        return Reply.ok(new JsonObject()
                .put("at", report.at().toString())
                .put("ageMillis", Math.max(0, clock.millis() - report.at().toEpochMilli()))
                .put("tookMillis", report.took().toMillis())
                .put("segments", segments));
    }

    private static JsonObject segment(Capacity.Segment segment, AdmissionSettings.Policy policy) {
        Outlook outlook = segment.outlook();
        Map<Failure, Details> known = new HashMap<>();
        segment.details().forEach(details -> known.put(details.answer().failure(), details));
        Outlook.Pairs pairs = outlook.pairs();
        return new JsonObject()
                .put("segment", segment.id().value())
                .put("hosts", outlook.hosts())
                .put("protected", outlook.instances())
                .put("waiting", outlook.waiting())
                .put("tolerated", outlook.tolerated())
                .put(
                        "admission",
                        new JsonObject()
                                .put("mode", policy.mode().name().toLowerCase(Locale.ROOT))
                                .put("tolerate", policy.tolerate()))
                .put("anyHost", outlook.anyHost().word())
                .put(
                        "anyTwoHosts",
                        new JsonObject()
                                .put("verdict", pairs.verdict().word())
                                .put("eachLookedAt", pairs.each())
                                .put("pairs", pairs.count())
                                .put("survivable", pairs.survivable())
                                .put("notSurvivable", pairs.notSurvivable())
                                .put("notProven", pairs.notProven())
                                .put("worst", failures(pairs.worst(), known)))
                .put("failures", failures(outlook.single(), known))
                .put("domains", failures(outlook.domains(), known));
    }

    private static JsonArray failures(List<Answer> answers, Map<Failure, Details> known) {
        JsonArray failures = new JsonArray();
        for (Answer answer : answers) {
            JsonObject one = new JsonObject()
                    .put("failure", answer.failure().name())
                    .put("kind", answer.failure().kind().name().toLowerCase(Locale.ROOT))
                    .put(
                            "hosts",
                            new JsonArray(answer.failure().hosts().stream()
                                    .map(HostId::value)
                                    .toList()))
                    .put("verdict", answer.verdict().word())
                    .put("ground", answer.ground().word())
                    .put("reason", answer.ground().text())
                    .put("moving", answer.moving())
                    .put("left", answer.left());
            Details details = known.get(answer.failure());
            if (details != null) {
                JsonArray instances = new JsonArray();
                details.left().forEach(left -> instances.add(left(left)));
                JsonArray remedies = new JsonArray();
                details.remedies().forEach(remedy -> remedies.add(remedy(remedy)));
                one.put("instances", instances).put("remedies", remedies);
            }
            failures.add(one);
        }
        return failures;
    }

    private static JsonObject left(Details.Left left) {
        HostId nearest = left.nearest();
        return new JsonObject()
                .put("instance", left.instance().toString())
                .put("name", left.name())
                .put("priority", left.priority())
                .put("home", left.home().value())
                .put("nearest", nearest == null ? null : nearest.value())
                .put("reason", left.reason());
    }

    private static JsonObject remedy(Remedy remedy) {
        JsonObject one = new JsonObject().put("remedy", remedy.word()).put("text", remedy.text());
        return switch (remedy) {
            case Remedy.Free free -> one.put("host", free.host().value()).put("amount", resources(free.amount()));
            case Remedy.AddHost add -> one.put("amount", resources(add.size())).put("zone", add.zone());
            case Remedy.RaisePriority raise ->
                one.put("instance", raise.instance().toString()).put("priority", raise.to());
            case Remedy.LowerPriority lower ->
                one.put("instance", lower.instance().toString()).put("priority", lower.to());
            case Remedy.Unprotect less ->
                one.put(
                        "instances",
                        new JsonArray(less.instances().stream()
                                .map(InstanceId::toString)
                                .toList()));
        };
    }

    private static JsonObject resources(Resources resources) {
        return new JsonObject()
                .put("vcpus", resources.vcpus())
                .put("memoryMib", resources.memoryMib())
                .put("diskGib", resources.diskGib());
    }
}
