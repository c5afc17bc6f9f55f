package io.holdfast.api.ha;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Hosts;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.Rehearsal;
import io.holdfast.model.HostId;
import io.holdfast.recovery.Capacity;
import io.holdfast.recovery.OperatorVerbs;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * What monitoring collects, in Prometheus' text format. When nobody can find it out there are no figures but a fault, so that
 * an old yes is not collected as a new one.
 */
public final class MetricsView {

    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Capacity capacity;
    private final OperatorVerbs verbs;
    private final Hosts hosts;
    private final Rehearsal rehearsal;
    private final InstantSource clock;

    public MetricsView(Capacity capacity, OperatorVerbs verbs, Hosts hosts, Rehearsal rehearsal, InstantSource clock) {
        this.capacity = capacity;
        this.verbs = verbs;
        this.hosts = hosts;
        this.rehearsal = rehearsal;
        this.clock = clock;
    }

    public Map<String, Operation> operations() {
        return Map.of("showMetrics", this::show);
    }

    private Reply show(Call call) {
        Capacity.Report report = capacity.look();
        StringBuilder text = new StringBuilder();
        gauge(
                text,
                report,
                "holdfast_segment_tolerated_host_failures",
                "How many hosts of the segment may fail together, whichever they are, and every protected instance gets a"
                        + " home for certain: 0, 1, or 2 for two and more.",
                segment -> segment.outlook().tolerated());
        gauge(
                text,
                report,
                "holdfast_segment_promised_host_failures",
                "How many of them the settings promise.",
                segment -> capacity.policy(segment.id()).tolerate());
        gauge(
                text,
                report,
                "holdfast_segment_protected_instances",
                "Instances that recovery moves by itself when their host fails.",
                segment -> segment.outlook().instances());
        gauge(
                text,
                report,
                "holdfast_segment_waiting_instances",
                "Those of them whose host has failed already.",
                segment -> segment.outlook().waiting());
        head(text, "holdfast_capacity_survey_age_seconds", "Since the figures above were read.");
        text.append(String.format(Locale.ROOT, "holdfast_capacity_survey_age_seconds %.3f\n", seconds(report.at())));
        keptPlans(text);
        withoutFence(text);
        return Reply.text(TYPE, text.toString());
    }

    /** Where there is no plan there is no age. */
    private void keptPlans(StringBuilder text) {
        OperatorVerbs.Kept kept = verbs.kept();
        head(text, "holdfast_kept_plans", "Hosts for whose failure a plan is kept.");
        text.append("holdfast_kept_plans ").append(kept.plans()).append('\n');
        Instant oldest = kept.oldest();
        if (oldest != null) {
            head(text, "holdfast_kept_plan_age_seconds", "Since the oldest of them was looked at.");
            text.append(String.format(Locale.ROOT, "holdfast_kept_plan_age_seconds %.3f\n", seconds(oldest)));
        }
        head(text, "holdfast_kept_plans_taken_total", "counter", "Recoveries that took theirs.");
        text.append("holdfast_kept_plans_taken_total ").append(kept.taken()).append('\n');
    }

    private double seconds(Instant since) {
        return Math.max(0, clock.millis() - since.toEpochMilli()) / 1000.0;
    }

    /** Of each segment that has hosts, by its name. */
    private void withoutFence(StringBuilder text) {
        String name = "holdfast_segment_hosts_without_fence";
        head(
                text,
                name,
                "Hosts that no level of their fencing would isolate, by their newest rehearsals; one that was never"
                        + " rehearsed does not count.");
        Map<HostId, FenceReadiness> known = rehearsal.remembered();
        hosts.list().stream()
                .collect(Collectors.groupingBy(host -> host.segment().value(), TreeMap::new, Collectors.toList()))
                .forEach((segment, members) -> line(
                        text,
                        name,
                        segment,
                        FenceChecks.withoutFence(members, known).size()));
    }

    private static void gauge(
            StringBuilder text,
            Capacity.Report report,
            String name,
            String help,
            ToLongFunction<Capacity.Segment> value) {
        head(text, name, help);
        for (Capacity.Segment segment : report.segments()) {
            line(text, name, segment.id().value(), value.applyAsLong(segment));
        }
    }

    private static void line(StringBuilder text, String name, String segment, long value) {
        text.append(name)
                .append("{segment=\"")
                .append(escaped(segment))
                .append("\"} ")
                .append(value)
                .append('\n');
    }

    private static void head(StringBuilder text, String name, String help) {
        head(text, name, "gauge", help);
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
