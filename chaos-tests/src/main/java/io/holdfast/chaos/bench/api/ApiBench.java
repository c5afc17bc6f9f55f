package io.holdfast.chaos.bench.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** What the API does under load, on this machine's processors, which callers, controller, simulated hosts and database share. */
public final class ApiBench {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double POST_P99_MILLIS = 20;
    private static final double ACTIVE_PER_SECOND = 200;
    private static final int DETAIL_SERVERS = 1000;

    private final Options options;
    private final Consumer<String> progress;
    private int named;

    /**
     * @param rate POST servers in a second, 1 to 5000
     * @param seconds how long, 1 to 600
     * @param warmUp seconds of the same before that are not counted, 0 to 600
     * @param instances that are made for the rate to ACTIVE, 1 to 20000
     * @param connections of callers, 1 to 900
     * @param repeats of GET detail and of logins, 1 to 10000
     * @param jvm further options of the controller's JVM
     */
    public record Options(
            int rate, int seconds, int warmUp, int instances, int connections, int repeats, List<String> jvm) {
        public Options {
            within("rate", rate, 1, 5000);
            within("seconds", seconds, 1, 600);
            within("warm-up", warmUp, 0, 600);
            within("instances", instances, 1, 20_000);
            within("connections", connections, 1, 900);
            within("repeats", repeats, 1, 10_000);
            jvm = List.copyOf(jvm);
        }

        private static void within(String name, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(
                        "--" + name + " must be between " + least + " and " + most + ", is " + value);
            }
        }
    }

    public ApiBench(Options options, Consumer<String> progress) {
        this.options = options;
        this.progress = progress;
    }

    /**
     * Everything; each line is passed on as soon as it is there.
     *
     * @return whether every target was met
     */
    public boolean run(Consumer<Line> lines) throws IOException, InterruptedException {
        boolean[] kept = {true};
        Consumer<Line> counted = line -> {
            kept[0] &= line.kept();
            lines.accept(line);
        };
        progress.accept("starts a controller with 20 simulated hosts");
        try (ControllerInAProcess controller = new ControllerInAProcess(options.jvm())) {
            String image = controller.tinyImage();
            warmUp(controller, image);
            active(controller, image, counted);
            detail(controller, counted);
            post(controller, image, counted);
            logins(controller, counted);
        }
        return kept[0];
    }

    private Load.Request create(ControllerInAProcess controller, String image) {
        String prefix = "bench-" + ++named + "-";
        return (line, number) -> line.send(
                "POST",
                "/v2.1/servers",
                controller.token(),
                "{\"server\": {\"name\": \"" + prefix + number + "\", \"flavorRef\": \"tiny\", \"imageRef\": \"" + image
                        + "\", \"networks\": \"none\"}}");
    }

    private void warmUp(ControllerInAProcess controller, String image) throws IOException, InterruptedException {
        if (options.warmUp() > 0) {
            int count = options.warmUp() * options.rate();
            progress.accept("warms up: " + count + " servers");
            new Load(controller.api(), options.connections()).run(count, options.rate(), create(controller, image));
            controller.settle();
        }
    }

    private void active(ControllerInAProcess controller, String image, Consumer<Line> lines)
            throws IOException, InterruptedException {
        int count = options.instances();
        progress.accept(count + " servers, as fast as they are accepted, until the last is ACTIVE");
        ControllerInAProcess.Cpu before = controller.cpu();
        long began = System.nanoTime();
        Load.Result made = new Load(controller.api(), Math.min(16, options.connections()))
                .run(count, 0, create(controller, image));
        controller.settle();
        double seconds = (System.nanoTime() - began) / 1e9;
        ControllerInAProcess.Cpu used = controller.cpu().since(before);
        double rate = made.accepted() / seconds;
        lines.accept(new Line(
                "active",
                count + " servers to ACTIVE on simulated hosts, 16 callers",
                String.format(
                        Locale.ROOT,
                        "%.0f a second; accepted %d of them at %.0f a second; %.2f CPU-seconds per 1,000%s",
                        rate,
                        made.accepted(),
                        made.perSecond(),
                        perThousand(used, count),
                        refusals(made)),
                String.format(Locale.ROOT, "at least %.0f a second", ACTIVE_PER_SECOND),
                rate >= ACTIVE_PER_SECOND && made.accepted() == count,
                figures(made, used, count).put("activePerSecond", rate)));
    }

    private void post(ControllerInAProcess controller, String image, Consumer<Line> lines)
            throws IOException, InterruptedException {
        int count = options.rate() * options.seconds();
        progress.accept("POST servers at " + options.rate() + " a second for " + options.seconds() + " s");
        ControllerInAProcess.Cpu before = controller.cpu();
        Load.Result made =
                new Load(controller.api(), options.connections()).run(count, options.rate(), create(controller, image));
        ControllerInAProcess.Cpu used = controller.cpu().since(before);
        double p99 = made.times().percentile(99);
        lines.accept(new Line(
                "post",
                String.format(
                        Locale.ROOT,
                        "POST servers at %d a second for %d s, while they are started",
                        options.rate(),
                        options.seconds()),
                described(made, used, count),
                String.format(Locale.ROOT, "p99 at most %.0f ms, all accepted", POST_P99_MILLIS),
                p99 <= POST_P99_MILLIS && made.accepted() == count,
                figures(made, used, count)));
        controller.settle();
    }

    private void detail(ControllerInAProcess controller, Consumer<Line> lines)
            throws IOException, InterruptedException {
        int count = Math.min(options.repeats(), 100);
        progress.accept("GET detail of " + DETAIL_SERVERS + " servers, " + count + " times");
        Load.Request get = (line, number) ->
                line.send("GET", "/v2.1/servers/detail?limit=" + DETAIL_SERVERS, controller.token(), "");
        Load one = new Load(controller.api(), 1);
        Load.Result first = one.run(Math.min(5, count), 0, get);
        ControllerInAProcess.Cpu before = controller.cpu();
        Load.Result read = one.run(count, 0, get);
        ControllerInAProcess.Cpu used = controller.cpu().since(before);
        lines.accept(new Line(
                "detail",
                "GET detail of " + DETAIL_SERVERS + " servers, one caller",
                described(read, used, count),
                "",
                true,
                figures(read, used, count).put("firstMillis", first.times().percentile(100))));
    }

    private void logins(ControllerInAProcess controller, Consumer<Line> lines)
            throws IOException, InterruptedException {
        int count = options.repeats();
        progress.accept(count + " logins with a password, two callers");
        String body =
                "{\"auth\": {\"identity\": {\"methods\": [\"password\"], \"password\": {\"user\": {\"name\": \"admin\","
                        + " \"domain\": {\"id\": \"default\"}, \"password\": "
                        + JSON.writeValueAsString(controller.password())
                        + "}}}, \"scope\": {\"project\": {\"name\": \"admin\", \"domain\": {\"id\": \"default\"}}}}}";
        ControllerInAProcess.Cpu before = controller.cpu();
        Load.Result issued = new Load(controller.api(), 2)
                .run(count, 0, (line, number) -> line.send("POST", "/identity/v3/auth/tokens", "", body));
        ControllerInAProcess.Cpu used = controller.cpu().since(before);
        lines.accept(new Line(
                "token",
                "tokens issued for a password, two callers",
                String.format(Locale.ROOT, "%.0f a second; ", issued.perSecond()) + described(issued, used, count),
                "",
                issued.accepted() == count,
                figures(issued, used, count)));
    }

    private static String described(Load.Result result, ControllerInAProcess.Cpu used, int count) {
        Times times = result.times();
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, p99 %.1f ms, max %.1f ms; %d of %d accepted; %.2f CPU-seconds per 1,000 (controller"
                        + " %.2f, database %.2f)%s",
                times.percentile(50),
                times.percentile(99),
                times.percentile(100),
                result.accepted(),
                count,
                perThousand(used, count),
                used.controller().toMillis() / (double) count,
                used.database().toMillis() / (double) count,
                refusals(result));
    }

    private static String refusals(Load.Result result) {
        return result.refused() == 0
                ? ""
                : "; " + result.refused() + " refused, the first: "
                        + result.firstRefusal()
                                .substring(
                                        0, Math.min(200, result.firstRefusal().length()));
    }

    private static double perThousand(ControllerInAProcess.Cpu used, int count) {
        return used.seconds() * 1000 / count;
    }

    private static ObjectNode figures(Load.Result result, ControllerInAProcess.Cpu used, int count) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("requests", count)
                .put("accepted", result.accepted())
                .put("acceptedPerSecond", result.perSecond())
                .put("p50Millis", result.times().percentile(50))
                .put("p99Millis", result.times().percentile(99))
                .put("maxMillis", result.times().percentile(100))
                .put("cpuSecondsPerThousand", perThousand(used, count))
                .put("controllerCpuMillis", used.controller().toMillis())
                .put("databaseCpuMillis", used.database().toMillis());
    }
}
