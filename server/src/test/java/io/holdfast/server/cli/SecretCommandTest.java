package io.holdfast.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.server.KnownFailures;
import io.holdfast.server.controller.ControllerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code holdfast secret}, from the first key to the rotation, and each way in which it can go wrong. */
final class SecretCommandTest {

    private static final String SECRET = "geheim-4711";

    private record Result(int code, String out, String err) {}

    @TempDir
    private Path directory;

    private final Map<String, String> environment = new HashMap<>();
    private String typed = SECRET + "\n";
    private Path keys;
    private Path config;

    @BeforeEach
    void aConfiguration() throws IOException {
        keys = directory.resolve("master.key");
        config = Files.writeString(directory.resolve("controller.yaml"), """
                state-directory: state
                tls: {key-store: k.p12, trust-store: t.p12, password-file: tls-password}
                secrets: {key-files: [master.key]}
                store: {url: "jdbc:postgresql://db.example/holdfast", user: holdfast, password-file: database}
                fencing:
                  devices:
                    h1: {address: 192.0.2.1, user: fencer, password-file: bmc, bmc-key-file: kg}
                    h2: {type: agent, agent: fence_virsh, secrets: {password: agent}}
                """);
        for (String each : List.of("tls-password", "database", "bmc", "kg", "agent")) {
            plain(each);
        }
    }

    private Path plain(String name) throws IOException {
        Path file = Files.writeString(directory.resolve(name), SECRET + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    }

    private Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                environment,
                directory,
                80,
                false,
                InstantSource.system());
        SecretCommand command = new SecretCommand(
                terminal,
                _ -> typed.getBytes(StandardCharsets.UTF_8),
                Map.of(
                        "controller",
                        SecretCommand.Configured.of(ControllerSettings.defaults(), ControllerSettings::secrets)));
        int code = HoldfastCommandLine.assemble(
                        terminal, List.of(new Section("Tools", List.of(command))), KnownFailures::translated)
                .execute(arguments);
        return new Result(code, out.toString(), err.toString());
    }

    private Result good(String... arguments) {
        Result result = run(arguments);
        assertThat(result.err).as("%s", List.of(arguments)).isEmpty();
        assertThat(result.code).isZero();
        return result;
    }

    private String keygen(String... arguments) {
        return good(arguments).out.split(" ")[1];
    }

    private JsonNode checked(int code) throws IOException {
        Result result = run("secret", "check", config.toString(), "--json");
        assertThat(result.code).as(result.err).isEqualTo(code);
        assertThat(result.out).doesNotContain(SECRET);
        return new ObjectMapper().readTree(result.out);
    }

    @Test
    void aKeyIsPrivateAndNeverOverwritten() throws IOException {
        String id = keygen("secret", "keygen", keys.toString());

        assertThat(id).matches("[0-9a-f]{16}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
                .isEqualTo("rw-------");
        assertThat(keys).content().contains(id).contains("holdfast-key-v1:");
        Result again = run("secret", "keygen", keys.toString());
        assertThat(again.code).isEqualTo(ExitCode.CONFLICT.code());
        assertThat(again.err).contains("exists already").contains("--add");
        assertThat(run("secret", "keygen", directory.resolve("none").toString(), "--add").err)
                .contains("does not exist");
    }

    @Test
    void aSecretComesFromTheInputAndGoesToTheOutput() throws IOException {
        keygen("secret", "keygen", keys.toString());
        environment.put("HOLDFAST_SECRET_KEY_FILE", keys.toString());
        Path file = directory.resolve("new");

        assertThat(good("secret", "encrypt", file.toString()).out).doesNotContain(SECRET);

        assertThat(file).content().startsWith("holdfast-secret v1").doesNotContain(SECRET);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(good("secret", "decrypt", file.toString()).out).isEqualTo(SECRET + "\n");
        assertThat(run("secret", "encrypt", file.toString()).code).isEqualTo(ExitCode.CONFLICT.code());
        typed = "another\n";
        good("secret", "encrypt", file.toString(), "--replace");
        assertThat(good("secret", "decrypt", file.toString()).out).isEqualTo("another\n");
    }

    @Test
    void whatCannotBeEncryptedIsSaid() throws IOException {
        Result withoutKey = run("secret", "encrypt", directory.resolve("x").toString());
        assertThat(withoutKey.code).isEqualTo(ExitCode.USAGE.code());
        assertThat(withoutKey.err).contains("there is no key").contains("holdfast secret keygen FILE");

        keygen("secret", "keygen", keys.toString());
        environment.put("HOLDFAST_SECRET_KEY_FILE", keys.toString());
        typed = "\n";
        assertThat(run("secret", "encrypt", directory.resolve("x").toString()).code)
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(directory.resolve("x")).doesNotExist();
        assertThat(run("secret", "encrypt").code).isEqualTo(ExitCode.USAGE.code());
        assertThat(run("secret", "rotate").err).contains("--settings");
        assertThat(run("secret", "check", config.toString(), "--process", "cook").err)
                .contains("there is no process 'cook'");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-r--r--"));
        Result exposed = run("secret", "rotate", "--settings", config.toString());
        assertThat(exposed.code).isEqualTo(ExitCode.FAILED.code());
        assertThat(exposed.err).contains("chmod 600 " + keys);
    }

    @Test
    void everySecretOfAConfigurationIsEncryptedCheckedAndRotated() throws IOException {
        String first = keygen("secret", "keygen", keys.toString());
        JsonNode before = checked(0);
        assertThat(before.get("secrets"))
                .hasSize(5)
                .allMatch(each -> !each.get("sealed").booleanValue());

        good("secret", "encrypt", "--in-place", "--settings", config.toString());
        assertThat(good("secret", "encrypt", "--in-place", "--settings", config.toString()).out)
                .contains("is encrypted already, with key " + first);

        JsonNode sealed = checked(0);
        assertThat(sealed.get("secrets").findValuesAsText("setting"))
                .containsExactly(
                        "tls.password-file",
                        "store.password-file",
                        "fencing.devices.h1.password-file",
                        "fencing.devices.h1.bmc-key-file",
                        "fencing.devices.h2.secrets.password");
        assertThat(sealed.get("secrets").findValuesAsText("key")).containsOnly(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("bmc"))))
                .isEqualTo("rw-r-----");

        String second = keygen("secret", "keygen", "--add", keys.toString());
        assertThat(checked(0).get("secrets").get(0).get("detail").asText()).contains("older key than " + second);
        plain("kg");
        Result rotated = good("secret", "rotate", "--settings", config.toString());
        assertThat(rotated.out)
                .contains("is encrypted with key " + second + " now, before with " + first)
                .contains(directory.resolve("kg") + " is plain and stays so")
                .doesNotContain(SECRET);
        assertThat(good("secret", "rotate", directory.resolve("bmc").toString(), "--key-file", keys.toString()).out)
                .contains("is encrypted with key " + second + " already");

        // The old key may go now.
        Files.writeString(keys, Files.readString(keys).lines().limit(2).reduce("", (a, b) -> a + b + "\n"));
        assertThat(checked(0).get("keys")).hasSize(1);
    }

    @Test
    void whatCannotBeReadIsListedWithItsReasonAndTheRestIsStillDone() throws IOException {
        String lost = keygen("secret", "keygen", keys.toString());
        good("secret", "encrypt", "--in-place", "--settings", config.toString());
        Files.delete(directory.resolve("kg"));
        Path agent = directory.resolve("agent");
        Files.writeString(agent, Files.readString(agent).replace("\n", "\r\n"));
        Files.delete(directory.resolve("bmc"));
        plain("bmc");
        Files.setPosixFilePermissions(directory.resolve("bmc"), PosixFilePermissions.fromString("rw-r--r--"));
        Path other = directory.resolve("other.key");
        Files.move(keys, other);
        String here = keygen("secret", "keygen", keys.toString());

        JsonNode looks = checked(1).get("secrets");

        assertThat(looks.get(0).get("detail").asText())
                .contains("is encrypted with key " + lost)
                .contains("the keys here are " + here);
        assertThat(looks.get(2).get("detail").asText()).contains("chmod 600");
        assertThat(looks.get(3).get("detail").asText()).contains("does not exist");
        assertThat(looks.get(4).get("detail").asText()).contains("was changed or cut");
        assertThat(looks).allMatch(each -> !each.get("usable").booleanValue());
        Result table = run("secret", "check", config.toString());
        assertThat(table.code).isEqualTo(1);
        assertThat(table.out.replaceAll("\\s+", " "))
                .contains("tls.password-file")
                .contains("does not exist")
                .doesNotContain(SECRET);

        Result rotated = run(
                "secret",
                "rotate",
                "--settings",
                config.toString(),
                "--key-file",
                keys.toString(),
                "--key-file",
                other.toString());
        assertThat(rotated.code).isEqualTo(1);
        assertThat(rotated.out).contains(directory.resolve("tls-password") + " is encrypted with key " + here + " now");
        assertThat(rotated.err)
                .contains("does not exist")
                .contains("was changed or cut")
                .doesNotContain(SECRET);
    }

    @Test
    void aPlainFileIsNotUsableWhereTheSettingsRefuseIt() throws IOException {
        keygen("secret", "keygen", keys.toString());
        Files.writeString(config, Files.readString(config).replace("[master.key]", "[master.key], plain: refuse"));

        assertThat(checked(1).get("secrets").get(0).get("detail").asText())
                .contains("secrets.plain is refuse")
                .contains("encrypt --in-place");
        good("secret", "encrypt", "--in-place", "--settings", config.toString());
        assertThat(checked(0).get("plain").asText()).isEqualTo("refuse");
    }
}
