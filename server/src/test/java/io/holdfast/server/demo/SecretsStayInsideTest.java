package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.SecretFile;
import io.holdfast.secrets.KeySources;
import io.holdfast.secrets.Keyring;
import io.holdfast.secrets.MasterKey;
import io.holdfast.secrets.PlainSecrets;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.WholeFile;
import io.holdfast.server.cli.NewToken;
import io.holdfast.server.pki.CertificateAuthority;
import io.holdfast.server.pki.Role;
import io.holdfast.store.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * No secret leaves a controller by a way that is not its own: each way out is searched for each secret, as it is and in the
 * forms in which secrets travel. Every search is first shown to find what must be there.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SecretsStayInsideTest {

    /** Begins a word of its own in each secret, so that a part of one is found too. */
    private static final Map<String, String> SECRETS = new LinkedHashMap<>();

    private static final MasterKey KEY = MasterKey.random(new SecureRandom());

    @TempDir
    static Path home;

    @BeforeAll
    static void watchAController() throws Exception {
        SECRETS.put("bmc-right", "Rq7-right-bmc-word");
        SECRETS.put("bmc-wrong", "Wz4-wrong-bmc-word");
        SECRETS.put("bmc-key", "Kg9-bmc-own-key");
        SECRETS.put("redfish", "Rf2:redfish/word+43");
        SECRETS.put("agent", "Ag5 agent'\"$ word");
        SECRETS.put("hook", "Wh8-webhook-signing-word");
        NewToken token = NewToken.random();
        SECRETS.put("token", token.token());
        for (Map.Entry<String, String> each : SECRETS.entrySet()) {
            seal(home.resolve(each.getKey()), each.getValue());
        }
        SECRETS.put("plain-exposed", "Px1-lies-open-word");
        WholeFile.create(home.resolve("plain-exposed"), "Px1-lies-open-word\n".getBytes(StandardCharsets.UTF_8));
        Path pki = home.resolve("pki");
        CertificateAuthority.create(pki, "test", InstantSource.system())
                .issue("controller", Role.CONTROLLER, List.of("localhost"), List.of("127.0.0.1"));
        Path password = pki.resolve("controller/password");
        SECRETS.put("tls", Files.readString(password).strip());
        WholeFile.replace(password, sealed(password, SECRETS.get("tls")));
        agent();
        int bmc;
        int front;
        try (DatagramSocket udp = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                ServerSocket tcp = new ServerSocket(0)) {
            bmc = udp.getLocalPort();
            front = tcp.getLocalPort();
        }
        String pin;
        try (InputStream in = Files.newInputStream(pki.resolve("controller/cert.pem"))) {
            byte[] shown = CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .iterator()
                    .next()
                    .getEncoded();
            pin = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(shown));
        }
        Files.writeString(home.resolve("controller.yaml"), settings(bmc, front, pin, token.hash()));
        run(bmc, front);
        Path own = EmbeddedPostgres.passwordFile(home.resolve("state"));
        assertThat(own).content().startsWith("holdfast-secret v1");
        assertThat(home.resolve("state/webhook.key")).content().startsWith("holdfast-secret v1");
        SECRETS.put("database", reader().read("test", SecretFile.of(own), 100));
        SECRETS.put("webhooks' key", reader().read("test", SecretFile.of(home.resolve("state/webhook.key")), 100));
        SECRETS.put("master key", KEY.text().substring(KEY.text().indexOf(':') + 1));
    }

    private static SecretReader reader() {
        return new SecretReader(() -> Keyring.of(List.of(KEY)), PlainSecrets.REFUSE, _ -> {});
    }

    private static byte[] sealed(Path file, String secret) {
        return reader().atRest(file, (secret + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void seal(Path file, String secret) throws IOException {
        WholeFile.create(file, sealed(file, secret));
    }

    private static void agent() throws IOException {
        Path agents = Files.createDirectory(home.resolve("agents"));
        Path agent = Files.writeString(agents.resolve("fence_watched"), """
                #!/bin/sh
                while IFS='=' read -r name value; do
                  [ "$name" = action ] && action=$value
                done
                if [ "$action" = metadata ]; then
                  cat <<XML
                <?xml version="1.0" ?>
                <resource-agent name="fence_watched" shortdesc="Watched" >
                <parameters>
                <parameter name="action" required="1"><content type="string" default="reboot" /></parameter>
                <parameter name="password" required="0"><content type="string" /></parameter>
                <parameter name="plug" required="1"><content type="string" /></parameter>
                </parameters>
                <actions><action name="on" automatic="0"/><action name="off" /><action name="status" /><action name="monitor" /><action name="metadata" /></actions>
                </resource-agent>
                XML
                  exit 0
                fi
                # Long enough for everybody on the machine to have a look.
                sleep 0.3
                echo "ERROR: Unable to connect/login to fencing device" >&2
                exit 1
                """);
        Files.setPosixFilePermissions(agents, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(agent, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String settings(int bmc, int front, String pin, String hash) throws IOException {
        int zookeeper;
        try (ServerSocket one = new ServerSocket(0)) {
            zookeeper = one.getLocalPort();
        }
        return """
                state-directory: state
                tls:
                  key-store: pki/controller/keystore.p12
                  trust-store: pki/controller/truststore.p12
                  password-file: pki/controller/password
                secrets:
                  plain: refuse
                membership:
                  zookeeper-port: %1$d
                  grace: 2s
                fencing:
                  call-timeout: 2s
                  agents:
                    directories: [agents]
                  devices:
                    right: {address: 127.0.0.1, port: %2$d, user: fencer, password-file: bmc-right, bmc-key-file: bmc-key}
                    wrong: {address: 127.0.0.1, port: %2$d, user: fencer, password-file: bmc-wrong, bmc-key-file: bmc-key}
                    redfish: {type: redfish, address: 127.0.0.1, port: %3$d, user: fencer, password-file: redfish, login: basic,
                      certificate-sha256: "%4$s"}
                    watched: {type: agent, agent: fence_watched, options: {plug: "1"}, secrets: {password: agent}}
                  levels:
                    h1: [{devices: [wrong]}, {devices: [redfish]}, {devices: [watched]}]
                    h2: [{devices: [right]}]
                notifications:
                  allowed-networks: ["127.0.0.0/8"]
                api:
                  port: 0
                  tls:
                    key-store: pki/controller/keystore.p12
                    trust-store: pki/controller/truststore.p12
                    password-file: pki/controller/password
                  tokens:
                    - {name: root, role: admin, project: operators, hash: "%5$s"}
                """.formatted(zookeeper, bmc, front, pin, hash);
    }

    private static void run(int bmc, int front) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WatchedController.class.getName(),
                        home.toString(),
                        Integer.toString(bmc),
                        Integer.toString(front))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("said-output").toFile());
        builder.environment().put(KeySources.KEYS_VARIABLE, KEY.text());
        Process child = builder.start();
        try {
            assertThat(child.waitFor(270, TimeUnit.SECONDS))
                    .as("the watched controller ends")
                    .isTrue();
            assertThat(child.exitValue())
                    .as(Files.readString(home.resolve("said-output")))
                    .isZero();
        } finally {
            child.destroyForcibly();
        }
    }

    // --- the ways out ---

    @Test
    void notByTheLogAtItsMostTalkative() throws IOException {
        String log = said("log");
        assertThat(log).contains("TRACE ").contains("wrong password").contains("ZooKeeper serves");
        assertClean(log);
    }

    @Test
    void notByExceptionsAndTheirCauses() throws IOException {
        String failures = said("failures");
        assertThat(failures).contains("is encrypted with key " + KEY.id(), "has 18", "chmod 600", "was changed or cut");
        assertClean(failures);
    }

    @Test
    void notByTheCommandLinesAndEnvironmentsOfChildren() throws IOException {
        String children = said("children");
        assertThat(children.lines().map(String::strip).filter(line -> line.startsWith("cmdline")))
                .as("command lines")
                .anyMatch(line -> line.contains("fence_watched"))
                .anyMatch(line -> line.contains("postgres"));
        assertThat(children.lines().filter(line -> line.startsWith("environ")))
                .as("environments")
                .anyMatch(line -> line.contains("HOLDFAST_FENCE_RUN"));
        assertThat(children).doesNotContain(KeySources.KEYS_VARIABLE);
        assertClean(children);
    }

    @Test
    void notByTheAnswersOfTheApi() throws IOException {
        String api = said("api");
        assertThat(api).contains("wrong password").contains("127.0.0.1:9").contains("/ha/v1/what-if");
        assertThat(api.lines().filter(line -> line.startsWith("/"))).allMatch(line -> line.contains(" 200 "));
        assertClean(api);
    }

    @Test
    void notByTheRowsOfTheDatabase() throws IOException {
        String rows = said("database");
        assertThat(rows).contains("http://127.0.0.1:9/").contains("wrong password");
        assertClean(rows);
    }

    @Test
    void notByTheCommandsThatLookAtDevicesAndSecrets() throws IOException {
        String commands = said("commands");
        assertThat(commands)
                .contains("\"answers\":")
                .contains("wrong password")
                .contains("Unable to connect/login")
                .contains("\"setting\":\"fencing.devices.watched.secrets.password\"")
                .contains("the webhooks' key file");
        assertClean(commands);
    }

    @Test
    void notByWhatTheProcessPrints() throws IOException {
        assertClean(said("output"));
    }

    @Test
    void theSearchFindsEachForm() {
        for (String form : forms("Rf2:redfish/word+43")) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> assertClean("before" + form + "after"))
                    .isInstanceOf(AssertionError.class);
        }
        // As HTTP's basic authentication has it, wherever the password begins in it.
        for (String user : List.of("a", "ab", "abc")) {
            String basic = Base64.getEncoder()
                    .encodeToString((user + ":Rf2:redfish/word+43").getBytes(StandardCharsets.UTF_8));
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> assertClean("Basic " + basic))
                    .isInstanceOf(AssertionError.class);
        }
    }

    private static String said(String where) throws IOException {
        return Files.readString(home.resolve("said-" + where), StandardCharsets.UTF_8);
    }

    private static void assertClean(String text) {
        SECRETS.forEach((name, secret) -> {
            for (String form : forms(secret)) {
                int at = text.indexOf(form);
                assertThat(at)
                        .as(() -> name + " as " + form + " in: ..."
                                + text.substring(Math.max(0, at - 200), Math.min(text.length(), at + 100)))
                        .isNegative();
            }
        });
    }

    private static List<String> forms(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        List<String> forms = new ArrayList<>();
        forms.add(secret);
        forms.add(URLEncoder.encode(secret, StandardCharsets.UTF_8));
        forms.add(HexFormat.of().formatHex(bytes));
        forms.add(HexFormat.of().withUpperCase().formatHex(bytes));
        forms.add(HexFormat.ofDelimiter(" ").formatHex(bytes));
        forms.add(secret.replace("\\", "\\\\").replace("\"", "\\\""));
        for (int shift = 0; shift < 3; shift++) {
            byte[] shifted = new byte[shift + bytes.length];
            System.arraycopy(bytes, 0, shifted, shift, bytes.length);
            String whole = Base64.getEncoder().withoutPadding().encodeToString(shifted);
            // Without the characters that depend on the neighbours.
            int from = shift == 0 ? 0 : shift + 1;
            String inner = whole.substring(from, whole.length() - 1);
            forms.add(inner);
            forms.add(inner.replace('+', '-').replace('/', '_'));
        }
        return forms;
    }
}
