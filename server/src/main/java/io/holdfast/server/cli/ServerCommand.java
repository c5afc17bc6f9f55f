package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "server",
        aliases = "instance",
        mixinStandardHelpOptions = true,
        description = "Instances, which the Compute API calls servers.")
final class ServerCommand {

    private static final Duration POLL = Duration.ofMillis(250);

    private final Client client;

    ServerCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the instances.")
    int list(
            @Mixin ClientOptions options,
            @Option(names = "--all-projects", description = "of all projects (needs the role admin)") boolean all) {
        String path = "/v2.1/servers/detail" + (all ? "?all_tenants=1" : "");
        return client.show(options, api -> api.get(path), (answer, out) -> {
            Table table = new Table()
                    .rigid("ID")
                    .column("NAME")
                    .rigid("STATUS")
                    .column("HOST")
                    .column("TAGS");
            for (JsonNode server : Json.list(answer, "servers")) {
                table.row(
                        Json.text(server, "id"),
                        Json.text(server, "name"),
                        Json.text(server, "status"),
                        host(server),
                        Json.text(server, "tags"));
            }
            client.table(table, out, "there are no instances");
        });
    }

    private static String host(JsonNode server) {
        return Json.text(server, "OS-EXT-SRV-ATTR:host", "OS-EXT-SRV-ATTR:hypervisor_hostname", "host");
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one instance.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return client.show(
                options,
                api -> {
                    ObjectNode answer = (ObjectNode) api.get(path(api, server));
                    answer.set("guest", guest(api, Json.text(answer.path("server"), "id")));
                    return answer;
                },
                (answer, out) -> {
                    ObjectNode shown = (ObjectNode) Json.unwrapped(answer, "server");
                    JsonNode guest = answer.path("guest");
                    shown.put("guest health", Json.text(guest, "health"));
                    if (guest.path("lastFailure").isObject()) {
                        shown.put("guest's last failure", lastFailure(guest.path("lastFailure")));
                    }
                    client.fields(shown, out);
                });
    }

    /** Null where a controller of an earlier release does not know, or the instance has just gone: the rest is shown all the same. */
    private static JsonNode guest(ApiClient api, String id) {
        try {
            return api.get("/ha/v1/instances/" + escaped(id) + "/guest").path("guest");
        } catch (CommandFailure e) {
            if (e.code() != ExitCode.NOT_FOUND) {
                throw e;
            }
            return Client.NODES.nullNode();
        }
    }

    private static String lastFailure(JsonNode last) {
        return Json.text(last, "at") + " " + Json.text(last, "failure") + ", " + Json.text(last, "response") + ": "
                + Json.text(last, "detail") + (last.path("over").asBoolean() ? " (over)" : "");
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {
                "Makes an instance and starts it. With --tag automatic-recovery it comes back elsewhere when its"
                        + " host fails; with --tag notify its owner is told and nothing is moved."
            })
    int create(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--flavor", required = true, paramLabel = "FLAVOR", description = "name or id of its size")
                    String flavor,
            @Option(names = "--image", required = true, paramLabel = "IMAGE", description = "name or id of its image")
                    String image,
            @Option(names = "--tag", paramLabel = "TAG", description = "tag; may be repeated") @Nullable
                    List<String> tags,
            @Option(names = "--meta", paramLabel = "KEY=VALUE", description = "metadata; may be repeated") @Nullable
                    Map<String, String> meta,
            @Mixin HintOptions hints,
            @Mixin ServerCards cards,
            @Mixin ConfigDriveOptions drive,
            @Option(names = "--wait", description = "return when it runs, or failed to") boolean wait) {
        cards.check();
        hints.check();
        ObjectNode read = Client.object();
        drive.into(read);
        return client.show(
                options,
                api -> {
                    ObjectNode server = Client.object()
                            .put("name", name)
                            .put("flavorRef", Names.id(api, Names.Kind.FLAVOR, flavor))
                            .put("imageRef", Names.id(api, Names.Kind.IMAGE, image));
                    server.set("networks", cards.networks(api));
                    server.setAll(read);
                    if (tags != null) {
                        tags.forEach(server.putArray("tags")::add);
                    }
                    if (meta != null) {
                        meta.forEach(server.putObject("metadata")::put);
                    }
                    ObjectNode body = Client.object();
                    body.set("server", server);
                    hints.into(body, api);
                    JsonNode made = api.post("/v2.1/servers", body);
                    return wait ? running(api, Json.text(Json.unwrapped(made, "server"), "id"), options) : made;
                },
                (answer, out) -> client.fields(Json.unwrapped(answer, "server"), out));
    }

    private static JsonNode running(ApiClient api, String id, ClientOptions options) {
        long begin = System.nanoTime();
        while (true) {
            JsonNode answer = api.get("/v2.1/servers/" + escaped(id));
            JsonNode server = Json.unwrapped(answer, "server");
            String status = Json.text(server, "status");
            if (status.equals("ACTIVE")) {
                return answer;
            }
            if (status.equals("ERROR")) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "instance " + id + " was recorded but does not run: " + Json.text(server, "fault.message"),
                        "see: holdfast server show " + id);
            }
            if (System.nanoTime() - begin > options.timeout().toNanos()) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "instance " + id + " is still " + status + " after " + options.timeoutSeconds + " s",
                        "it goes on; see: holdfast server show " + id);
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandFailure(ExitCode.FAILED, "interrupted", "", e);
            }
        }
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes an instance and its disk.")
    int delete(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return client.act(options, server + " is being deleted", api -> api.delete(path(api, server)));
    }

    @Command(name = "start", mixinStandardHelpOptions = true, description = "Starts a stopped instance.")
    int start(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return action(options, server, "os-start", server + " is being started");
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description = "Stops an instance; it stays stopped until it is started.")
    int stop(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return action(options, server, "os-stop", server + " is being stopped");
    }

    @Command(
            name = "reboot",
            mixinStandardHelpOptions = true,
            description = {
                "Begins an instance anew at its home.",
                "",
                "Its guest is asked to shut down first, and ended when it does not; with --hard it is ended at once. Also what"
                        + " has failed is begun anew so."
            })
    int reboot(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "SERVER") String server,
            @Option(names = "--hard", description = "ends the guest at once, as pulling its power would")
                    boolean hard) {
        ObjectNode body = Client.object();
        body.putObject("reboot").put("type", hard ? "HARD" : "SOFT");
        return client.act(options, server + " is being rebooted", api -> api.post(path(api, server) + "/action", body));
    }

    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = "Halts an instance. Its memory stays in its host, and is lost with it.")
    int pause(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return action(options, server, "pause", server + " is being paused");
    }

    @Command(name = "unpause", mixinStandardHelpOptions = true, description = "Lets a paused instance go on.")
    int unpause(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return action(options, server, "unpause", server + " is being unpaused");
    }

    @Command(
            name = "suspend",
            mixinStandardHelpOptions = true,
            description = "Saves an instance's memory to the shared storage, and ends it.")
    int suspend(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return action(options, server, "suspend", server + " is being suspended");
    }

    @Command(
            name = "resume",
            mixinStandardHelpOptions = true,
            description = "Has a suspended instance go on, elsewhere if its host has failed.")
    int resume(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return action(options, server, "resume", server + " is being resumed");
    }

    private int action(ClientOptions options, String server, String action, String done) {
        ObjectNode body = Client.object();
        body.putNull(action);
        return client.act(options, done, api -> api.post(path(api, server) + "/action", body));
    }

    @Command(
            name = "evacuate",
            mixinStandardHelpOptions = true,
            description = {"Moves an instance off a failed host. Refused while the host is not proven to be off."})
    int evacuate(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "SERVER") String server,
            @Mixin Destination destination) {
        ObjectNode body = destination.of("evacuate");
        return client.act(options, server + " is being evacuated", api -> evacuate(api, server, body));
    }

    @Command(
            name = "recover",
            mixinStandardHelpOptions = true,
            description = {
                "Has your instance of a failed host started elsewhere, whatever its policy.",
                "It is started when its host is proven to be off, and refused while that may still run it."
            })
    int recover(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "SERVER") String server,
            @Mixin Destination destination) {
        ObjectNode body = Client.object();
        if (destination.host != null) {
            body.put("host", destination.host);
        }
        return client.act(
                options,
                server + " is being recovered",
                api -> api.post(
                        "/ha/v1/instances/" + escaped(Names.id(api, Names.Kind.SERVER, server)) + "/recover", body));
    }

    @Command(
            name = "migrate",
            mixinStandardHelpOptions = true,
            description = {
                "Moves an instance off a living host: stopped there, started elsewhere.",
                "If no other host can have it, it goes on where it was."
            })
    int migrate(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "SERVER") String server,
            @Mixin Destination destination) {
        ObjectNode body = destination.of("migrate");
        return client.act(options, server + " is being migrated", api -> api.post(path(api, server) + "/action", body));
    }

    @Command(
            name = "moves",
            mixinStandardHelpOptions = true,
            description = "Shows what became of the planned moves of an instance, the newest first.")
    int moves(@Mixin ClientOptions options, @Parameters(paramLabel = "SERVER") String server) {
        return client.show(
                options,
                api -> api.get("/ha/v1/moves?instance=" + escaped(Names.id(api, Names.Kind.SERVER, server))),
                (answer, out) -> {
                    Table table = new Table()
                            .rigid("OPENED")
                            .column("FROM")
                            .column("HOST")
                            .rigid("STATE")
                            .column("LAST");
                    for (JsonNode move : Json.list(answer, "moves")) {
                        List<JsonNode> timeline = Json.list(move, "timeline");
                        table.row(
                                Json.text(move, "openedAt"),
                                Json.text(move, "from"),
                                Json.text(move, "host"),
                                Json.text(move, "state"),
                                timeline.isEmpty() ? "" : Json.text(timeline.getLast(), "text"));
                    }
                    client.table(table, out, "it was never moved");
                });
    }

    /** Nova says "bad request" for a host that may still run; here that is the refusal it is. */
    private static JsonNode evacuate(ApiClient api, String server, ObjectNode body) {
        try {
            return api.post(path(api, server) + "/action", body);
        } catch (CommandFailure e) {
            if (e.code() == ExitCode.FAILED && String.valueOf(e.getMessage()).contains("is still in use")) {
                throw new CommandFailure(
                        ExitCode.REFUSED_FOR_SAFETY,
                        String.valueOf(e.getMessage()),
                        "if the host is gone, say so: holdfast host force-down HOST",
                        e);
            }
            throw e;
        }
    }

    private static String path(ApiClient api, String server) {
        return "/v2.1/servers/" + escaped(Names.id(api, Names.Kind.SERVER, server));
    }

    @Command(
            name = "tag",
            mixinStandardHelpOptions = true,
            description = "Tags of an instance; some of them decide about its recovery.")
    static final class Tags {

        private final Client client;

        Tags(Client client) {
            this.client = client;
        }

        @Command(name = "add", mixinStandardHelpOptions = true, description = "Adds a tag.")
        int add(
                @Mixin ClientOptions options,
                @Parameters(paramLabel = "SERVER") String server,
                @Parameters(paramLabel = "TAG") String tag) {
            return client.act(
                    options,
                    server + " has the tag " + tag,
                    api -> api.put(path(api, server) + "/tags/" + escaped(tag), null));
        }

        @Command(name = "remove", mixinStandardHelpOptions = true, description = "Removes a tag.")
        int remove(
                @Mixin ClientOptions options,
                @Parameters(paramLabel = "SERVER") String server,
                @Parameters(paramLabel = "TAG") String tag) {
            return client.act(
                    options,
                    server + " no longer has the tag " + tag,
                    api -> api.delete(path(api, server) + "/tags/" + escaped(tag)));
        }
    }

    /** Commands under this one that have commands of their own. */
    Object tags() {
        return new Tags(client);
    }

    /** Where an instance is to go. */
    static final class Destination {

        @Option(names = "--host", paramLabel = "HOST", description = "to this host (default: the scheduler's choice)")
        @Nullable
        String host;

        ObjectNode of(String action) {
            ObjectNode body = Client.object();
            ObjectNode wanted = body.putObject(action);
            if (host != null) {
                wanted.put("host", host);
            }
            return body;
        }
    }
}
