package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "say",
        mixinStandardHelpOptions = true,
        description = {
            "The say of those who run something on an instance. When its host has been proven to be off, they are"
                    + " asked what becomes of it, for as long as its owner wrote; then what was said in advance is done."
        })
final class SayCommand {

    private static final List<String> ANSWERS = List.of("recover", "leave", "stopped");

    private final Client client;

    SayCommand(Client client) {
        this.client = client;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists the questions that wait for an answer now.")
    int list(@Mixin ClientOptions options) {
        return client.show(options, api -> api.get("/ha/v1/says"), (answer, out) -> {
            Table table = new Table()
                    .rigid("INSTANCE")
                    .column("NAME")
                    .column("FAILED")
                    .rigid("LEFT")
                    .rigid("THEN");
            for (JsonNode say : Json.list(answer, "says")) {
                table.row(
                        Json.text(say, "instance"),
                        Json.text(say, "name"),
                        Json.text(say, "failedHost", "failedHostId"),
                        left(Json.text(say, "deadline")),
                        Json.text(say, "default"));
            }
            client.table(table, out, "nobody is asked now");
        });
    }

    private String left(String deadline) {
        Duration left = Duration.between(client.terminal().clock().instant(), Instant.parse(deadline));
        return left.isNegative() ? "0 s" : left.toSeconds() + " s";
    }

    @Command(
            name = "answer",
            mixinStandardHelpOptions = true,
            description = {
                "Answers for an instance: recover (it is started elsewhere), leave (it stays down) or stopped (it gets"
                        + " a home and is left stopped there). Given before its host is proven to be off, the answer is"
                        + " kept until then. The same answer may be given again; another, once it is acted on, is refused."
            })
    int answer(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "SERVER") String server,
            @Parameters(paramLabel = "ANSWER", description = "recover, leave or stopped") String answer,
            @Option(
                            names = "--host",
                            paramLabel = "HOST",
                            description =
                                    "with recover: this host and no other; for who is no administrator, its hostId")
                    @Nullable
                    String host,
            @Option(
                            names = "--case",
                            paramLabel = "CASE",
                            description = "the case that asked; an answer to another one is refused")
                    @Nullable
                    String of) {
        ObjectNode body = Client.object().put("answer", known(answer, "the answer"));
        if (host != null) {
            if (!answer.equals("recover")) {
                throw usage("--host goes with recover alone");
            }
            body.put("host", host);
        }
        if (of != null) {
            body.put("case", of);
        }
        return client.act(options, server + ": " + answer, api -> api.post(path(api, server), body));
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows whether anybody is asked about an instance, and what they are asked now.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return client.show(
                options,
                api -> api.get(path(api, server)),
                (answer, out) -> client.fields(Json.unwrapped(answer, "say"), out));
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description = {
                "From the next failure on, the consumer of an instance is asked, or with --group, the consumers of the"
                        + " members that say nothing of their own."
            })
    int set(
            @Mixin ClientOptions options,
            @Mixin Of of,
            @Option(
                            names = "--seconds",
                            required = true,
                            paramLabel = "N",
                            description =
                                    "how long an answer is waited for, 1 to 600; 0 for an instance that is never asked")
                    int seconds,
            @Option(
                            names = "--default",
                            paramLabel = "ANSWER",
                            defaultValue = "recover",
                            description = "what is done when nobody has answered: recover, leave or stopped")
                    String otherwise) {
        ObjectNode body = Client.object().put("seconds", seconds).put("default", known(otherwise, "the default"));
        return client.show(
                options,
                api -> api.put(of.path(api), body),
                (answer, out) -> client.fields(Json.unwrapped(answer, "say"), out));
    }

    @Command(name = "unset", mixinStandardHelpOptions = true, description = "Takes that back.")
    int unset(@Mixin ClientOptions options, @Mixin Of of) {
        return client.act(options, of.name() + " says nothing of that any more", api -> api.delete(of.path(api)));
    }

    /** An instance or a server group. */
    static final class Of {

        @Parameters(paramLabel = "SERVER", arity = "0..1", description = "name or id of the instance")
        @Nullable
        String server;

        @Option(names = "--group", paramLabel = "GROUP", description = "name or id of a server group, instead")
        @Nullable
        String group;

        String name() {
            if (server != null && group == null) {
                return server;
            }
            if (group != null && server == null) {
                return group;
            }
            throw usage("name an instance, or a server group with --group, and not both");
        }

        String path(ApiClient api) {
            String name = name();
            return group == null
                    ? SayCommand.path(api, name)
                    : "/ha/v1/server-groups/" + escaped(Names.id(api, Names.Kind.SERVER_GROUP, name)) + "/say";
        }
    }

    private static String path(ApiClient api, String server) {
        return "/ha/v1/instances/" + escaped(Names.id(api, Names.Kind.SERVER, server)) + "/say";
    }

    private static String known(String answer, String what) {
        if (!ANSWERS.contains(answer)) {
            throw usage(what + " must be recover, leave or stopped, is " + answer);
        }
        return answer;
    }

    private static CommandFailure usage(String what) {
        return new CommandFailure(ExitCode.USAGE, what, "");
    }
}
