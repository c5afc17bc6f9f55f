package io.holdfast.api.ha;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.recovery.Capacity;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What monitoring collects, in Prometheus' text format. When nobody can find it out there are no figures but a fault, so that
 * an old yes is not collected as a new one.
 */
public final class MetricsView {

    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Capacity capacity;
    private final InstantSource clock;

    public MetricsView(Capacity capacity, InstantSource clock) {
        this.capacity = capacity;
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
        text.append(String.format(
                Locale.ROOT,
                "holdfast_capacity_survey_age_seconds %.3f\n",
                Math.max(0, clock.millis() - report.at().toEpochMilli()) / 1000.0));
        return Reply.text(TYPE, text.toString());
    }

    private static void gauge(
            StringBuilder text,
            Capacity.Report report,
            String name,
            String help,
            ToLongFunction<Capacity.Segment> value) {
        head(text, name, help);
        for (Capacity.Segment segment : report.segments()) {
            text.append(name)
                    .append("{segment=\"")
                    .append(escaped(segment.id().value()))
                    .append("\"} ")
                    .append(value.applyAsLong(segment))
                    .append('\n');
        }
    }

    private static void head(StringBuilder text, String name, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" gauge\n");
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
