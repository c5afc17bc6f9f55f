package io.holdfast.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.secrets.Subprocess;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** What is written means to a shell and to a reader of YAML what was asked for, whatever characters it has. */
final class OpenrcCommandTest {

    private static final String ODD = "a'b \"c\" $HOME `id` \\ #: {x}";

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of("HOLDFAST_URL", "https://192.0.2.1:8774/", "HOLDFAST_CA", "/etc/ca.pem"),
                directory,
                80,
                false,
                InstantSource.system());
        return HoldfastCommandLine.assemble(
                        terminal, List.of(new Section("Tools", ToolCommands.commands(terminal, Map.of()))))
                .execute(arguments);
    }

    private Path passwordFile(String password) throws Exception {
        Path file = Files.writeString(directory.resolve("it's a password"), password + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private String sourced(String printed, String input) throws Exception {
        Path file = Files.writeString(directory.resolve("openrc"), out.toString());
        Process shell = Subprocess.of("sh", "-c", ". " + file + "; printf '%s' \"" + printed + "\"")
                .redirectErrorStream(false)
                .start();
        shell.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        shell.getOutputStream().close();
        assertThat(shell.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void aShellAsksForThePassword() throws Exception {
        assertThat(run("openrc", "--user", ODD, "--project", "blue")).isZero();
        assertThat(sourced("$OS_USERNAME|$OS_PROJECT_NAME|$OS_AUTH_URL|$OS_CACERT|$OS_PASSWORD", "typed  in\n"))
                .isEqualTo(ODD + "|blue|https://192.0.2.1:8774/identity/v3|/etc/ca.pem|typed  in");
    }

    @Test
    void aPasswordIsTakenFromItsFileAndWrittenOnlyWhenAskedFor() throws Exception {
        Path file = passwordFile(ODD);
        assertThat(run("openrc", "--password-file", file.toString())).isZero();
        assertThat(out.toString()).doesNotContain("`id`");
        assertThat(sourced("$OS_PASSWORD", "")).isEqualTo(ODD);

        out.getBuffer().setLength(0);
        assertThat(run("openrc", "--password-file", file.toString(), "--with-password"))
                .isZero();
        Files.delete(file);
        assertThat(sourced("$OS_PASSWORD", "")).isEqualTo(ODD);
    }

    @Test
    void cloudsYamlSaysTheSame() throws Exception {
        assertThat(run("openrc", "--clouds-yaml", "--user", ODD)).isZero();
        Map<String, Object> cloud = cloud("holdfast");
        assertThat(cloud.get("region_name")).isEqualTo("RegionOne");
        assertThat(cloud.get("cacert")).isEqualTo("/etc/ca.pem");
        assertThat(auth(cloud)).containsEntry("username", ODD).doesNotContainKey("password");

        out.getBuffer().setLength(0);
        Path file = passwordFile(ODD);
        assertThat(run(
                        "openrc",
                        "--clouds-yaml",
                        "--cloud",
                        "x",
                        "--password-file",
                        file.toString(),
                        "--with-password"))
                .isZero();
        assertThat(auth(cloud("x")))
                .containsEntry("password", ODD)
                .containsEntry("auth_url", "https://192.0.2.1:8774/identity/v3");
    }

    @Test
    void whatMeansNothingIsRefused() {
        assertThat(run("openrc", "--with-password")).isEqualTo(ExitCode.USAGE.code());
        assertThat(run("openrc", "--user", "")).isEqualTo(ExitCode.USAGE.code());
        assertThat(run("openrc", "--user", "a\nexport X=1")).isEqualTo(ExitCode.USAGE.code());
        assertThat(out.toString()).isEmpty();
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> cloud(String name) {
        Map<String, Map<String, Map<String, Object>>> all = new Yaml().load(out.toString());
        return all.get("clouds").get(name);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> auth(Map<String, Object> cloud) {
        return (Map<String, Object>) cloud.get("auth");
    }
}
