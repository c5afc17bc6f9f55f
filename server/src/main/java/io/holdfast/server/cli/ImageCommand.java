package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "image", mixinStandardHelpOptions = true, description = "Images: what instances boot from.")
final class ImageCommand {

    private final Client client;

    ImageCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the images.")
    int list(@Mixin ClientOptions options) {
        return client.show(options, ImageCommand::all, (answer, out) -> {
            Table table = new Table()
                    .rigid("ID")
                    .column("NAME")
                    .column("FILE")
                    .rigid("FORMAT")
                    .rigid("BYTES");
            for (JsonNode each : Json.list(answer, "images")) {
                table.row(
                        Json.text(each, "id"),
                        Json.text(each, "name"),
                        Json.text(each, "file"),
                        Json.text(each, "format"),
                        Json.text(each, "sizeBytes", "OS-EXT-IMG-SIZE:size"));
            }
            client.table(table, out, "there are no images");
        });
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one image.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "IMAGE") String image) {
        return client.show(options, api -> one(api, image), (answer, out) -> client.fields(answer, out));
    }

    private static JsonNode one(ApiClient api, String image) {
        String id = Names.id(api, Names.Kind.IMAGE, image);
        return Json.list(all(api), "images").stream()
                .filter(each -> Json.text(each, "id").equals(id))
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.NOT_FOUND, "there is no image " + image, "see: holdfast image list"));
    }

    /** Operators see images with their files; owners see what the Compute API tells of them. */
    static JsonNode all(ApiClient api) {
        try {
            return api.get("/ha/v1/images");
        } catch (CommandFailure e) {
            if (e.code() != ExitCode.NOT_PERMITTED) {
                throw e;
            }
            return api.get("/v2.1/images/detail", ApiClient.Form.WITH_IMAGES);
        }
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {"Records an image. Its file lies on the storage that all hosts share."})
    int create(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--file",
                            required = true,
                            paramLabel = "PATH",
                            description = "its disk, in the images directory")
                    String file,
            @Option(names = "--format", defaultValue = "raw", paramLabel = "FORMAT", description = "raw or qcow2")
                    String format,
            @Option(names = "--kernel", paramLabel = "PATH", description = "kernel to boot directly") @Nullable
                    String kernel,
            @Option(names = "--ramdisk", paramLabel = "PATH", description = "initial ramdisk for --kernel") @Nullable
                    String ramdisk,
            @Option(names = "--command-line", paramLabel = "TEXT", description = "kernel command line for --kernel")
                    @Nullable
                    String commandLine,
            @Option(names = "--property", paramLabel = "KEY=VALUE", description = "property; may be repeated") @Nullable
                    Map<String, String> properties) {
        ObjectNode body = Client.object().put("name", name).put("file", file).put("format", format);
        if (kernel != null) {
            body.put("kernelFile", kernel);
        }
        if (ramdisk != null) {
            body.put("ramdiskFile", ramdisk);
        }
        if (commandLine != null) {
            body.put("commandLine", commandLine);
        }
        if (properties != null) {
            properties.forEach(body.putObject("properties")::put);
        }
        return client.show(
                options,
                api -> api.post("/ha/v1/images", body),
                (answer, out) -> client.fields(Json.unwrapped(answer, "image"), out));
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes an image record; its file stays.")
    int delete(@Mixin ClientOptions options, @Parameters(paramLabel = "IMAGE") String image) {
        return client.act(
                options,
                "image " + image + " is deleted",
                api -> api.delete("/ha/v1/images/" + escaped(Names.id(api, Names.Kind.IMAGE, image))));
    }
}
