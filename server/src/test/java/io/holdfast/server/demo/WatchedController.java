package io.holdfast.server.demo;

import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.configured.ConfiguredDevices;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.sim.BmcIdentity;
import io.holdfast.fencing.ipmi.sim.SimulatedBmc;
import io.holdfast.fencing.redfish.sim.FrontFault;
import io.holdfast.fencing.redfish.sim.RedfishFront;
import io.holdfast.fencing.redfish.sim.Vendor;
import io.holdfast.model.HostId;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.KeySources;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import io.holdfast.server.KnownFailures;
import io.holdfast.server.cli.FenceCommand;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.SecretCommand;
import io.holdfast.server.cli.SecretInput;
import io.holdfast.server.cli.Section;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import io.holdfast.server.controller.RealWorlds;
import io.holdfast.server.controller.World;
import io.holdfast.server.settings.SettingsLoader;
import io.holdfast.store.EmbeddedPostgres;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.slf4j.LoggerFactory;

/**
 * A process in which a real controller does with encrypted secrets whatever may be done with them, while everything that it
 * says is written down: its log at level TRACE, its child processes, its answers, its database, its failures.
 *
 * <p>Run by {@link SecretsStayInsideTest}, with the master key in its environment.
 */
final class WatchedController {

    private final Path home;
    private final ControllerSettings settings;
    private final SecretReader secrets;

    private WatchedController(Path home) {
        this.home = home;
        this.settings = SettingsLoader.load(home.resolve("controller.yaml"), ControllerSettings.defaults());
        this.secrets = SecretReader.of(settings.secrets(), System.getenv(), warning -> {
            throw new IllegalStateException("nothing here is plain: " + warning);
        });
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        logEverything(home.resolve("said-log"));
        WatchedController watched = new WatchedController(home);
        Set<String> children = ConcurrentHashMap.newKeySet();
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                ProcessHandle.current().descendants().forEach(child -> look(children, child.pid()));
                LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
            }
        });
        int code = 0;
        try {
            watched.run(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
        } catch (Exception | Error e) {
            e.printStackTrace(System.out);
            code = 1;
        }
        Files.write(home.resolve("said-children"), children);
        // Explicit, because threads of libraries would keep a failed one alive.
        System.exit(code);
    }

    private static void logEverything(Path file) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%level %logger %msg %ex{full}%n");
        encoder.start();
        FileAppender<ILoggingEvent> appender = new FileAppender<>();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.setFile(file.toString());
        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.TRACE);
        root.addAppender(appender);
    }

    /**
     * Java starts a program by way of a helper, which has our own environment for the moment until it has become that program.
     * It is readable by those alone who may read ours, and is passed over.
     */
    private static void look(Set<String> children, long pid) {
        try {
            String command = proc(pid, "cmdline");
            String environment = proc(pid, "environ");
            boolean become = command.equals(proc(pid, "cmdline"));
            if (become && !command.contains("jspawnhelper") && !command.contains(WatchedController.class.getName())) {
                children.add("cmdline " + command);
                children.add("environ " + environment);
            }
        } catch (java.io.IOException e) {
            children.add("gone");
        }
    }

    private static String proc(long pid, String name) throws java.io.IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), name), StandardCharsets.ISO_8859_1)
                .replace('\0', ' ');
    }

    private void run(int bmcPort, int frontPort) throws Exception {
        Secret right = Secret.ofPassword(secrets.read("test", SecretFile.of(home.resolve("bmc-right")), 20));
        Secret bmcKey = Secret.ofPassword(secrets.read("test", SecretFile.of(home.resolve("bmc-key")), 20));
        BmcIdentity identity = BmcIdentity.of(new BmcIdentity.User("fencer", right, Privilege.OPERATOR))
                .withBmcKey(bmcKey);
        failures();
        try (SimulatedBmc bmc = SimulatedBmc.start(new InetSocketAddress("127.0.0.1", bmcPort), identity, 1);
                RedfishFront front = RedfishFront.start(
                        new InetSocketAddress("127.0.0.1", frontPort),
                        identity(),
                        Vendor.PLAIN,
                        "fencer",
                        "it knows another word",
                        Map.of());
                World real = RealWorlds.open(settings, secrets);
                SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(100))) {
            bmc.chassis().power(true);
            front.fault(new FrontFault.None());
            try (SimulatedRack rack = SimulatedRack.of(2, home.resolve("hosts"), storage, settings);
                    Controller controller =
                            Controller.start(settings, secrets, () -> new RackWithDevices(rack, real::fenceDevices))) {
                rack.powerOnAll();
                ask(rack, controller.apiPort());
                Files.writeString(home.resolve("said-database"), rows());
                commands();
            }
        }
    }

    /** The controller's own certificate, shown by the simulated device. */
    private SSLContext identity() throws Exception {
        TlsKeys tls = new TlsKeys("tls", settings.ownIdentity(), secrets);
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(tls.keyStore())) {
            store.load(in, tls.password().toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, tls.password().toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    /** Asks everything that can be asked, in good times and after a host has died that cannot be fenced. */
    private void ask(SimulatedRack rack, int port) throws Exception {
        StringBuilder said = new StringBuilder();
        String base = "https://127.0.0.1:" + port;
        String token = secrets.read("test", SecretFile.of(home.resolve("token")), 100);
        HttpClient http = HttpClient.newBuilder()
                .sslContext(io.holdfast.server.cli.ApiClient.trusting(home.resolve("pki/ca.pem")))
                .build();
        await().atMost(Duration.ofSeconds(100)).until(() -> {
            String hosts = send(http, base, token, "GET", "/ha/v1/hosts", "");
            return hosts.contains("h1") && hosts.contains("h2") && !hosts.contains("JOINING");
        });
        String hook = secrets.read("test", SecretFile.of(home.resolve("hook")), 100);
        said.append(send(
                http,
                base,
                token,
                "POST",
                "/ha/v1/webhooks",
                "{\"url\": \"http://127.0.0.1:9/\", \"secret\": \"" + hook + "\"}"));
        said.append(send(http, base, token + "x", "GET", "/ha/v1/hosts", ""));
        rack.pullPlug(HostId.of("h1"));
        await().atMost(Duration.ofSeconds(120)).until(() -> {
            String cases = send(http, base, token, "GET", "/ha/v1/cases", "");
            String id = cases.replaceAll("(?s).*?\"id\" ?: ?\"([^\"]+)\".*", "$1");
            String explained = id.equals(cases) ? "" : send(http, base, token, "GET", "/ha/v1/cases/" + id, "");
            said.append(cases).append(explained);
            // Each of the levels has been tried, and failed.
            return explained.contains("wrong password") && explained.contains("Unable to connect/login");
        });
        for (String path : List.of(
                "/ha/v1/hosts",
                "/ha/v1/hosts/h1",
                "/ha/v1/hosts/h2",
                "/ha/v1/what-if?host=h2",
                "/ha/v1/cases",
                "/ha/v1/webhooks",
                "/ha/v1/segments",
                "/ha/v1/segments/default",
                "/ha/v1/health",
                "/ha/v1/moves",
                "/ha/v1/images",
                "/v2.1/os-services",
                "/v2.1/os-hypervisors/detail",
                "/v2.1/servers/detail")) {
            said.append(path)
                    .append(' ')
                    .append(send(http, base, token, "GET", path, ""))
                    .append('\n');
        }
        Files.writeString(home.resolve("said-api"), said);
    }

    private static String send(HttpClient http, String base, String token, String method, String path, String body)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(20))
                .header("X-Auth-Token", token)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.headers().map() + " " + answer.body() + "\n";
    }

    /** Every row of every table, as text; bytes come as hexadecimal digits. */
    private String rows() throws Exception {
        String password =
                secrets.read("test", SecretFile.of(EmbeddedPostgres.passwordFile(settings.stateDirectory())), 100);
        String port = Files.readAllLines(settings.stateDirectory().resolve("postgres/data/postmaster.pid"))
                .get(3);
        StringBuilder rows = new StringBuilder();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + port.strip() + "/holdfast", "holdfast", password);
                Statement statement = connection.createStatement()) {
            List<String> tables = new ArrayList<>();
            try (ResultSet found = statement.executeQuery("select schemaname || '.' || quote_ident(tablename) from"
                    + " pg_tables where schemaname not in ('pg_catalog', 'information_schema')")) {
                while (found.next()) {
                    tables.add(found.getString(1));
                }
            }
            for (String table : tables) {
                try (ResultSet found = statement.executeQuery("select t::text from " + table + " t")) {
                    while (found.next()) {
                        rows.append(table)
                                .append(' ')
                                .append(found.getString(1))
                                .append('\n');
                    }
                }
            }
        }
        return rows.toString();
    }

    private void commands() throws Exception {
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out, true);
        Terminal terminal = new Terminal(writer, writer, System.getenv(), home, 80, false, InstantSource.system());
        FenceCommand fence =
                new FenceCommand(terminal, _ -> new FenceCommand.Settings(settings.fencing(), settings.secrets()));
        SecretCommand secret = new SecretCommand(
                terminal,
                SecretInput.ofThisProcess(),
                Map.of("controller", SecretCommand.Configured.of(settings, ControllerSettings::secrets)));
        String file = home.resolve("controller.yaml").toString();
        for (List<String> each : List.of(
                List.of("fence", "describe", "fence_watched", "--settings", file, "--json"),
                List.of("fence", "describe", "fence_watched", "--settings", file),
                List.of("fence", "agents", "--settings", file, "--json"),
                List.of("fence", "test", "right", "--settings", file, "--json"),
                List.of("fence", "test", "wrong", "--settings", file, "--json"),
                List.of("fence", "test", "h1", "--settings", file, "--json"),
                List.of("fence", "test", "h1", "--settings", file),
                List.of("secret", "check", file, "--json"),
                List.of("secret", "check", file))) {
            int code = HoldfastCommandLine.assemble(
                            terminal, List.of(new Section("Tools", List.of(fence, secret))), KnownFailures::translated)
                    .execute(each.toArray(String[]::new));
            writer.println(each + " ended with " + code);
        }
        Files.writeString(home.resolve("said-commands"), out.toString());
    }

    /** What goes wrong with a secret, with every cause down to the last. */
    private void failures() throws Exception {
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        SecretReader withoutKey = SecretReader.ofCommand(Map.of());
        failing(out, () -> ConfiguredDevices.of(settings.fencing(), withoutKey));
        failing(out, () -> RealWorlds.open(settings, withoutKey).close());
        failing(out, () -> secrets.read("test", SecretFile.of(home.resolve("bmc-right")), 3));
        failing(out, () -> secrets.read("test", SecretFile.of(home.resolve("token")), 3));
        Path exposed = Files.copy(home.resolve("plain-exposed"), home.resolve("exposed"));
        Files.setPosixFilePermissions(exposed, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        failing(out, () -> secrets.read("test", SecretFile.of(exposed), 30));
        failing(out, () -> KeySources.load(List.of(home.resolve("plain-exposed")), Map.of()));
        Path damaged = Files.writeString(
                home.resolve("damaged"), Files.readString(home.resolve("hook")).replace("name=hook", "name=damaged"));
        failing(out, () -> secrets.read("test", SecretFile.of(damaged), 30));
        out.flush();
        Files.writeString(home.resolve("said-failures"), said.toString());
    }

    private interface Deed {
        void act() throws Exception;
    }

    private static void failing(PrintWriter out, Deed deed) throws Exception {
        try {
            deed.act();
        } catch (RuntimeException | java.io.IOException e) {
            e.printStackTrace(out);
            return;
        }
        throw new IllegalStateException("this should have failed");
    }
}
