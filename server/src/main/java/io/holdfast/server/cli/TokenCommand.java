package io.holdfast.server.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "Tokens, by which clients of the API show who they are.")
final class TokenCommand {

    enum Role {
        admin,
        member,
        reader
    }

    private final Terminal terminal;

    TokenCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a token. It is shown (or written to a file) once; the controller's settings get its hash only."
            })
    int create(
            @Option(names = "--name", required = true, paramLabel = "NAME", description = "who uses it") String name,
            @Option(names = "--role", required = true, paramLabel = "ROLE", description = "${COMPLETION-CANDIDATES}")
                    Role role,
            @Option(names = "--project", required = true, paramLabel = "PROJECT", description = "its project")
                    String project,
            @Option(names = "--file", paramLabel = "FILE", description = "write the token to this new file") @Nullable
                    Path file) {
        word("--name", name);
        word("--project", project);
        NewToken made = NewToken.random();
        String token = made.token();
        String line =
                "- {name: " + name + ", role: " + role + ", project: " + project + ", hash: \"" + made.hash() + "\"}";
        if (file == null) {
            terminal.out().println("Token (shown only now): " + token);
        } else {
            write(file, token);
            terminal.out().println("The token is in " + file);
        }
        terminal.out().println("Add this under api.tokens in the controller's settings file:");
        terminal.out().println("    " + line);
        return ExitCode.OK.code();
    }

    /**
     * {@code sha256:SALT:HASH}, both hexadecimal; the hash is of the salt followed by the token's ASCII bytes.
     *
     * <p>A slow password hash would be wrong here. Slowness protects secrets that people think up and that can be
     * guessed; our tokens are 256 random bits, which nobody guesses at any speed, while the controller checks one with
     * every request. The salt only keeps two settings files from showing that they hold the same token.
     */
    static String hash(byte[] salt, String token) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            digest.update(token.getBytes(StandardCharsets.US_ASCII));
            HexFormat hex = HexFormat.of();
            return "sha256:" + hex.formatHex(salt) + ":" + hex.formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** What goes into a settings file unquoted must not be able to say more than it should. */
    private static void word(String option, String value) {
        if (!value.matches("[A-Za-z][A-Za-z0-9._@-]{0,63}") || value.matches("(?i)true|false|yes|no|on|off|null|y|n")) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    option + " must be a word of letters, digits, dots, hyphens and @, is '" + value + "'",
                    "");
        }
    }

    private static void write(Path file, String token) {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
                out.write((token + "\n").getBytes(StandardCharsets.US_ASCII));
            }
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(
                    ExitCode.CONFLICT, file + " exists already and is not overwritten", "choose another file", e);
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.FAILED, "cannot write the token to " + file + ": " + e, "", e);
        }
    }
}
