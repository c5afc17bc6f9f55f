package io.holdfast.server.cli;

import io.holdfast.model.SecretFile;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every client command has. */
final class ClientOptions {

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "the controller, for example http://127.0.0.1:8774 (or HOLDFAST_URL)")
    @Nullable
    URI url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "file with the token (or HOLDFAST_TOKEN_FILE, HOLDFAST_TOKEN)")
    @Nullable
    SecretFile tokenFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "certificate authority of an https controller, PEM (or HOLDFAST_CA)")
    @Nullable
    Path ca;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "longest wait for an answer (default: ${DEFAULT-VALUE})")
    int timeoutSeconds = 30;

    @Option(names = "--json", description = "write one JSON document instead of text")
    boolean json;

    Duration timeout() {
        return Duration.ofSeconds(timeoutSeconds);
    }
}
