package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a new instance's guest finds on its config drive beside its name and addresses. */
final class ConfigDriveOptions {

    /** The API takes 65,535 characters of base 64. */
    private static final int USER_DATA_BYTES_MAX = 65_535 / 4 * 3;

    @Option(names = "--key-name", paramLabel = "KEY", description = "name of one of your key pairs, for its guest")
    @Nullable
    String key;

    @Option(
            names = "--user-data",
            paramLabel = "FILE",
            description = "what its guest reads at the first start, as cloud-init does; at most " + USER_DATA_BYTES_MAX
                    + " bytes")
    @Nullable
    Path userData;

    @Option(
            names = "--config-drive",
            description = "a config drive also without key and user data: there its guest reads its name and addresses")
    boolean drive;

    /** Reads the file before the controller is asked for anything. */
    void into(ObjectNode server) {
        if (key != null) {
            server.put("key_name", key);
        }
        if (userData != null) {
            server.put("user_data", Base64.getEncoder().encodeToString(read(userData)));
        }
        if (drive) {
            server.put("config_drive", true);
        }
    }

    private static byte[] read(Path file) {
        try {
            long size = Files.size(file);
            if (size > USER_DATA_BYTES_MAX) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "--user-data " + file + " has " + size + " bytes, and " + USER_DATA_BYTES_MAX + " is the most",
                        "have it fetch the rest from elsewhere");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--user-data " + file + " cannot be read: " + e, "name a file that you may read");
        }
    }
}
