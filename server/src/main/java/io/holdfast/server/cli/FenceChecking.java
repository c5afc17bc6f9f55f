package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** {@code holdfast fence check}: has the controller rehearse hosts, some at a time, and shows what it found. */
final class FenceChecking {

    /** As many as the controller rehearses at a time; more would only wait there, against their time limit. */
    private static final int AT_A_TIME = 8;

    private final Client client;

    FenceChecking(Client client) {
        this.client = client;
    }

    /** @param check as in the API's answer; missing when the host was not checked, and then {@code failure} says why */
    private record Checked(
            String host,
            JsonNode check,
            @org.jspecify.annotations.Nullable CommandFailure failure) {

        ObjectNode json() {
            ObjectNode one = Client.object().put("host", host);
            CommandFailure why = failure;
            if (why != null) {
                return one.put("notChecked", String.valueOf(why.getMessage()));
            }
            one.set("fenceCheck", check);
            return one;
        }
    }

    /** @param named the hosts; all of them if it is empty */
    int check(ClientOptions options, List<String> named) {
        List<Checked> all;
        try (ApiClient api = ApiClient.connect(options, client.terminal())) {
            Set<String> hosts = new LinkedHashSet<>(named);
            if (named.isEmpty()) {
                Json.list(api.get("/ha/v1/hosts"), "hosts").forEach(each -> hosts.add(Json.text(each, "name")));
            }
            all = ask(api, List.copyOf(hosts));
        }
        PrintWriter out = client.terminal().out();
        if (options.json) {
            ObjectNode answer = Client.object();
            ArrayNode list = answer.putArray("hosts");
            all.forEach(each -> list.add(each.json()));
            out.println(answer);
        } else {
            print(all, out);
        }
        out.flush();
        return code(all);
    }

    private List<Checked> ask(ApiClient api, List<String> hosts) {
        List<Checked> all = new ArrayList<>();
        try (ExecutorService some = Executors.newFixedThreadPool(AT_A_TIME)) {
            List<Future<Checked>> asked = hosts.stream()
                    .map(host -> some.submit(() -> ask(api, host)))
                    .toList();
            for (Future<Checked> each : asked) {
                all.add(each.get());
                progress(all.size(), hosts.size());
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(ExitCode.FAILED, "interrupted", "", e);
        }
        return all;
    }

    private static Checked ask(ApiClient api, String host) {
        try {
            JsonNode answer = api.post("/ha/v1/hosts/" + ApiClient.escaped(host) + "/fence-check", Client.object());
            return new Checked(host, answer.path("fenceCheck"), null);
        } catch (CommandFailure failure) {
            return switch (failure.code()) {
                // One host that is busy must not hide what was found about the others.
                case CONFLICT, UNREACHABLE -> new Checked(host, Client.object(), failure);
                case OK, FAILED, USAGE, NOT_PERMITTED, NOT_FOUND, REFUSED_FOR_SAFETY, NOT_SURVIVABLE -> throw failure;
            };
        }
    }

    private void progress(int done, int all) {
        Terminal terminal = client.terminal();
        if (terminal.colours() && all > 1) {
            terminal.err().print("\rchecked " + done + " of " + all + (done == all ? "\n" : ""));
            terminal.err().flush();
        }
    }

    private void print(List<Checked> all, PrintWriter out) {
        Table table = new Table()
                .column("HOST")
                .rigid("FENCE")
                .rigid("LEVEL")
                .column("DEVICE")
                .rigid("WORKS");
        for (Checked each : all) {
            if (each.failure() != null) {
                table.row(each.host(), "not checked", "", "", "");
                continue;
            }
            List<JsonNode> levels = Json.list(each.check(), "levels");
            if (levels.isEmpty()) {
                row(table, each, "", "", "");
            }
            for (JsonNode level : levels) {
                for (JsonNode device : Json.list(level, "devices")) {
                    String works = device.path("working").asBoolean() ? "yes" : "NO";
                    row(table, each, Json.text(level, "level"), Json.text(device, "name"), works);
                }
            }
        }
        client.table(table, out, "there are no hosts");
        all.forEach(each -> remarks(each, out));
    }

    private void row(Table table, Checked host, String level, String device, String works) {
        table.row(host.host(), FenceCheckView.word(host.check()), level, device, works);
        if (!host.check().path("working").asBoolean()) {
            table.alarm(client.terminal());
        }
    }

    private void remarks(Checked host, PrintWriter out) {
        CommandFailure failure = host.failure();
        if (failure != null) {
            client.paragraph(Text.visible(host.host()) + ": ", Text.visible(String.valueOf(failure.getMessage())), out);
            return;
        }
        List<JsonNode> levels = Json.list(host.check(), "levels");
        if (levels.isEmpty()) {
            client.paragraph(Text.visible(host.host()) + ": ", Text.visible(Json.text(host.check(), "reason")), out);
        }
        for (JsonNode level : levels) {
            for (JsonNode device : Json.list(level, "devices")) {
                for (JsonNode finding : FenceCheckView.remarkable(device)) {
                    client.paragraph(
                            "",
                            Text.visible(host.host() + ", " + Json.text(device, "name") + ": ")
                                    + FenceCheckView.grade(finding) + ", " + FenceCheckView.subject(finding) + ": "
                                    + Text.visible(Json.text(finding, "text")),
                            out);
                }
            }
        }
    }

    /** The worst of them: a host without a fence before one that was not checked. */
    private static int code(List<Checked> all) {
        ExitCode code = ExitCode.OK;
        for (Checked each : all) {
            CommandFailure failure = each.failure();
            if (failure == null && !each.check().path("working").asBoolean()) {
                return ExitCode.FAILED.code();
            }
            if (failure != null) {
                code = failure.code();
            }
        }
        return code.code();
    }
}
