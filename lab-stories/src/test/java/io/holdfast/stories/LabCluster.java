package io.holdfast.stories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.HostPlan;
import io.holdfast.lab.Lab;
import io.holdfast.lab.MachinePlan;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import io.holdfast.lab.guest.Guests;
import io.holdfast.lab.ledger.Ledger;
import io.holdfast.lab.ledger.LedgerCheck;
import io.holdfast.lab.ledger.LedgerReader;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.PowerState;
import io.holdfast.server.Distribution;
import io.holdfast.server.lab.Deployment;
import io.holdfast.server.packaging.PrepareCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.awaitility.core.ThrowingRunnable;

/**
 * Three real hosts or more, a controller, and what a story wants to do to them and know of them.
 *
 * <p>The lab's files are in a directory with a short name, because sockets are made in it.
 */
final class LabCluster implements AutoCloseable {

    static final HostId H1 = HostId.of("h1");
    static final HostId H2 = HostId.of("h2");
    static final HostId H3 = HostId.of("h3");
    static final HostId H4 = HostId.of("h4");

    private static final String IMAGE_FILE = "boot-sector.img";
    private static final int SMALL_MIB = 8;
    /** Two of these do not fit on one host of the lab (2048 MiB). */
    private static final int BIG_MIB = 1200;

    /** What the product promises for a host that has to be called degraded, or isolated. */
    static final Duration CALLED_SO_WITHIN = Duration.ofSeconds(7);

    /** How long a fenced host stays off where it gets its power back by itself. Stories that look for it look before that. */
    static final Duration REST = Duration.ofSeconds(8);

    private static final Duration CHECK_LIMIT = Duration.ofSeconds(30);
    private static final Duration READY_LIMIT = Duration.ofSeconds(75);
    /** Three JVMs that start together, cold, on two processors which have other work as well. */
    private static final Duration START_LIMIT = Duration.ofSeconds(150);

    private static final Duration LOOK = Duration.ofMillis(100);
    private static final int LOG_TAIL_LINES = 150;

    /** What makes giving up a matter of seconds. */
    private static final String IMPATIENCE = """
            recovery:
              fence-attempts: 2
              fence-deadline: 4s
              fence-backoff: 300ms
              operator-retry: 2s
              replan-interval: 1s
              hold-recheck: 1s
            """;

    private static final String POWER_BACK = """
            recovery:
              unfence:
                policy: power-on
                after: %ds
            """.formatted(REST.toSeconds());

    private static final String IMPATIENT_FENCING = """
            fencing:
              call-timeout: 1s
            """;

    private final Deployment deployment;
    private final Distribution distribution;
    private final Path state;
    private final List<HostId> hosts;
    private final Thread cleanUp;
    private final List<Api> apis;
    private final OwnFaults faults;
    private final Set<String> knownCases = new HashSet<>();
    private long knownEvents;
    private String image = "";
    private Api api;

    private LabCluster(
            Deployment deployment,
            Distribution distribution,
            Path state,
            List<HostId> hosts,
            Thread cleanUp,
            List<Api> apis) {
        this.deployment = deployment;
        this.distribution = distribution;
        this.state = state;
        this.hosts = hosts;
        this.cleanUp = cleanUp;
        this.apis = apis;
        this.api = apis.getFirst();
        this.faults = new OwnFaults(deployment.lab());
    }

    /** Brings the lab up. What was made so far is taken down again when that fails, or when this process is ended. */
    static LabCluster open(LabShape shape) throws IOException {
        Distribution distribution = Distribution.ofThisProcess();
        unpackDatabase(distribution);
        Path state = Files.createTempDirectory(Path.of("/tmp"), "hf-chaos-");
        // One of the hosts has no supervisor, so that both kinds are there in every story.
        Deployment bare = Deployment.in(state, distribution).withoutSupervisorOn(Set.of(H3));
        Deployment plain = shape.guardsAsShipped() ? bare : bare.forRepeatedFailures();
        Deployment fed = shape.outlets() ? plain.withOutlets() : plain;
        Deployment watched = shape.watchdogs() ? fed.withWatchdogs() : fed;
        Deployment linked = watched.withNetworks(shape.networks());
        Deployment stored = shape.nbd() ? linked.withStorage(Deployment.Storage.NBD) : linked;
        Deployment deployment = stored.adjustedBy(settings -> adjusted(settings, shape));
        Thread cleanUp = Thread.ofPlatform().unstarted(() -> deployment.lab().down(line -> {}));
        Runtime.getRuntime().addShutdownHook(cleanUp);
        try {
            Path images =
                    Files.createDirectories(deployment.lab().sharedDirectory().resolve("images"));
            Guests.in(images.resolve(".cache")).bootSectorImage(images.resolve(IMAGE_FILE));
            deployment.up(shape.hosts(), shape.controllers(), line -> {});
            List<Api> apis = new ArrayList<>();
            for (String controller : deployment.controllers()) {
                apis.add(Api.of(deployment, controller));
            }
            List<HostId> hosts =
                    deployment.lab().hosts().stream().map(HostPlan::host).toList();
            LabCluster cluster = new LabCluster(deployment, distribution, state, hosts, cleanUp, List.copyOf(apis));
            cluster.awaitReady();
            cluster.prepareCatalog();
            return cluster;
        } catch (IOException | RuntimeException | Error e) {
            deployment.lab().down(line -> {});
            throw e;
        }
    }

    /** Once for all labs: else each controller would do it for itself, beside hosts that boot, and take eight seconds. */
    private static void unpackDatabase(Distribution distribution) {
        Path programs = PrepareCommand.postgresIn(Path.of(System.getProperty("holdfast.home")));
        if (!Files.isDirectory(programs)) {
            Processes.run(new ProcessBuilder(distribution.command("prepare", "--postgres", programs.toString())));
        }
    }

    private static String adjusted(String settings, LabShape shape) {
        String unfencing = shape.powerBack() ? recovering(settings, POWER_BACK) : settings;
        if (shape.patienceAsShipped()) {
            return unfencing;
        }
        assertThat(settings).contains("fencing:\n");
        return recovering(unfencing, IMPATIENCE).replace("fencing:\n", IMPATIENT_FENCING);
    }

    /** @param lines a whole group {@code recovery}, which takes its place before what is said there already */
    private static String recovering(String settings, String lines) {
        String whole = settings.contains("recovery:\n") ? settings : settings + "recovery:\n";
        return whole.replace("recovery:\n", lines);
    }

    Lab lab() {
        return deployment.lab();
    }

    /** All of them, {@link #H1} first. */
    List<HostId> hosts() {
        return hosts;
    }

    Api api() {
        return api;
    }

    Deployment deployment() {
        return deployment;
    }

    OwnFaults faults() {
        return faults;
    }

    // ---- before and after a story ----------------------------------------------------------------------------------

    /** Waits for a lab that is whole, and forgets the cases of earlier stories. */
    void beforeStory() {
        speakTo(0);
        awaitReady();
        awaitServing();
        knownCases.clear();
        knownEvents = events(0).stream()
                .mapToLong(event -> event.path("number").asLong())
                .max()
                .orElse(0);
        for (JsonNode one : api.get("/ha/v1/cases").path("cases")) {
            knownCases.add(one.path("id").asText());
        }
    }

    /** Takes every fault back, and deletes every instance. */
    void heal() {
        for (HostId host : hosts) {
            lab().thaw(host);
            if (bmcFault(host) != BmcFault.NONE) {
                lab().bmc(host, BmcFault.NONE);
            }
            for (Network network : Network.values()) {
                lab().network(host, network, true);
            }
            lab().outlet(host, true);
            lab().power(host, PowerAction.PRESS_ON);
        }
        faults.heal();
        speakTo(0);
        for (MachinePlan machine : lab().machines()) {
            lab().resume(machine.name());
            lab().network(machine.name(), machine.network(), true);
        }
        // What the controllers stand on is first.
        lab().machines().reversed().forEach(machine -> lab().start(machine.name()));
        awaitReady();
        for (JsonNode host : api.get("/ha/v1/hosts").path("hosts")) {
            if (host.path("forcedDown").asBoolean()) {
                api.send("DELETE", "/ha/v1/hosts/" + host.path("name").asText() + "/force-down", null);
            }
        }
        releaseAll();
        for (JsonNode server : servers()) {
            api.send("DELETE", "/v2.1/servers/" + server.path("id").asText(), null);
        }
        awaitServing();
        // One that has failed too often is put into quarantine when it returns, which may have been just now.
        releaseAll();
        eventually("all instances are gone", READY_LIMIT, () -> {
            assertThat(servers()).isEmpty();
            hosts.forEach(host -> assertThat(guestsOn(host)).isEmpty());
        });
    }

    private void releaseAll() {
        for (JsonNode host : api.get("/ha/v1/hosts").path("hosts")) {
            if (quarantine(host).isPresent()) {
                api.send("DELETE", "/ha/v1/hosts/" + host.path("name").asText() + "/quarantine", null);
            }
        }
    }

    private BmcFault bmcFault(HostId host) {
        return lab().status().host(host).orElseThrow().bmcFault();
    }

    /** Every controller is ready, which with several means that one leads and the others know where it is. */
    void awaitReady() {
        eventually("the controllers are ready", START_LIMIT, () -> {
            for (Api one : apis) {
                Api.Answer answer = one.send("GET", "/ha/v1/health", null);
                assertThat(answer.text()).contains("\"ready\":true");
            }
        });
    }

    /**
     * Every host serves, and the controller has every signal of it. A host that dies before its controller has seen it
     * in the group even once leaves fewer witnesses, which would be another story.
     */
    void awaitServing() {
        eventually("all hosts serve", READY_LIMIT, () -> {
            List<String> seen = stream(api.get("/ha/v1/hosts").path("hosts"))
                    .map(host -> host.path("name").asText() + " "
                            + host.path("state").asText() + " "
                            + host.path("health").asText() + " "
                            + reading(host, "LEASE") + " "
                            + reading(host, "GROUP"))
                    .toList();
            assertThat(seen)
                    .containsExactlyInAnyOrderElementsOf(hosts.stream()
                            .map(host -> host + " SERVING ALIVE present present")
                            .toList());
        });
    }

    private static String reading(JsonNode host, String signal) {
        return stream(host.path("evidence"))
                .filter(evidence -> evidence.path("signal").asText().equals(signal))
                .map(evidence -> evidence.path("reading").asText())
                .findFirst()
                .orElse("unknown");
    }

    private void prepareCatalog() {
        for (Map.Entry<String, Integer> flavor :
                Map.of("small", SMALL_MIB, "big", BIG_MIB).entrySet()) {
            api.post(
                    "/v2.1/flavors",
                    Map.of(
                            "flavor",
                            Map.of(
                                    "name", flavor.getKey(),
                                    "id", flavor.getKey(),
                                    "vcpus", 1,
                                    "ram", flavor.getValue(),
                                    "disk", 0)));
        }
        image = api.post("/ha/v1/images", Map.of("name", "boot-sector", "file", IMAGE_FILE, "format", "raw"))
                .at("/image/id")
                .asText();
    }

    // ---- instances -------------------------------------------------------------------------------------------------

    /** Instances with automatic recovery, beating on the host. */
    List<Guest> automatic(HostId host, String... names) {
        List<Guest> guests = new ArrayList<>();
        for (String name : names) {
            guests.add(create(name, "small", host, List.of("automatic-recovery")));
        }
        awaitBeating(host, guests);
        return guests;
    }

    Guest create(String name, String flavor, HostId host, List<String> tags) {
        List<Guest> placed = new ArrayList<>();
        // A host that has just come back is not given anything for a moment; whoever asks too early asks again.
        eventually(name + " gets a home on " + host, READY_LIMIT, () -> {
            Guest guest = ask(name, flavor, host, tags);
            Optional<String> refusal = refusal(guest);
            if (refusal.isPresent()) {
                delete(guest);
                throw new AssertionError(refusal.get());
            }
            placed.add(guest);
        });
        return placed.getFirst();
    }

    /** Asks once for an instance on the host; it may be refused. */
    Guest ask(String name, String flavor, HostId host, List<String> tags) {
        Map<String, Object> server = Map.of(
                "name", name,
                "flavorRef", flavor,
                "imageRef", image,
                "host", host.value(),
                "tags", tags,
                "networks", "none");
        String id = api.post("/v2.1/servers", Map.of("server", server))
                .at("/server/id")
                .asText();
        return new Guest(InstanceId.parse(id), name);
    }

    /** Why the instance got no home, if it got none. */
    Optional<String> refusal(Guest guest) {
        eventually(guest + " has a home, or a reason why it has none", READY_LIMIT, () -> {
            JsonNode now = server(guest);
            assertThat(now.path("status").asText().equals("ERROR")
                            || now.path("OS-EXT-SRV-ATTR:host").isTextual())
                    .isTrue();
        });
        JsonNode made = server(guest);
        return made.path("status").asText().equals("ERROR")
                ? Optional.of(made.path("fault").path("message").asText())
                : Optional.empty();
    }

    void delete(Guest guest) {
        Api.Answer answer = api.send("DELETE", "/v2.1/servers/" + guest.id(), null);
        assertThat(answer.status()).as(answer.text()).isEqualTo(204);
    }

    void awaitBeating(HostId host, List<Guest> guests) {
        eventually(
                guests + " beat on " + host,
                READY_LIMIT,
                () -> guests.forEach(guest -> {
                    assertThat(status(guest)).isEqualTo("ACTIVE");
                    assertThat(boots(guest)).isEqualTo(1);
                    assertThat(guestsOn(host)).contains(guest.id());
                }));
    }

    List<JsonNode> servers() {
        return stream(api.get("/v2.1/servers/detail?all_tenants=1").path("servers"))
                .toList();
    }

    JsonNode server(Guest guest) {
        return api.get("/v2.1/servers/" + guest.id()).path("server");
    }

    String status(Guest guest) {
        return server(guest).path("status").asText();
    }

    String home(Guest guest) {
        return server(guest).path("OS-EXT-SRV-ATTR:host").asText();
    }

    // ---- the world, from outside -----------------------------------------------------------------------------------

    Set<InstanceId> guestsOn(HostId host) {
        return Processes.guests(lab(), host);
    }

    boolean hasPower(HostId host) {
        return lab().status().host(host).orElseThrow().power() == PowerState.ON;
    }

    void stillPowered(List<HostId> hosts) {
        hosts.forEach(host -> assertThat(hasPower(host)).as("power of " + host).isTrue());
    }

    Ledger ledger(Guest guest) {
        Path disk = lab().sharedDirectory().resolve("instances/" + guest.id() + "/disk.qcow2");
        try (LedgerReader reader = LedgerReader.open(disk, lab()::locate)) {
            return reader.read();
        } catch (IOException e) {
            throw new AssertionError("the ledger of " + guest + " cannot be read", e);
        }
    }

    /** How often the guest was started in its life; each start on any host is one. */
    int boots(Guest guest) {
        Path disk = lab().sharedDirectory().resolve("instances/" + guest.id() + "/disk.qcow2");
        return Files.exists(disk) ? ledger(guest).boots().size() : 0;
    }

    long beat(Guest guest) {
        return ledger(guest).current().orElseThrow().sequence();
    }

    /** Every guest writes on now, in the same boot as ever. */
    void stillBeats(List<Guest> guests) {
        Map<Guest, Long> before = new HashMap<>();
        guests.forEach(guest -> before.put(guest, beat(guest)));
        eventually(
                guests + " beat on",
                Duration.ofSeconds(10),
                () -> guests.forEach(guest ->
                        assertThat(beat(guest)).isGreaterThan(before.getOrDefault(guest, Long.MAX_VALUE) + 3)));
    }

    /** One writer at a time, boot after boot, nothing missing. */
    void intact(List<Guest> guests) {
        guests.forEach(guest -> assertThat(LedgerCheck.violations(ledger(guest)))
                .as("what is wrong with the ledger of " + guest)
                .isEmpty());
    }

    /** Nothing but the host that has them, or nothing at all, runs these guests; and no other host ever did. */
    void nothingStartedElsewhere(HostId home, List<Guest> guests) {
        for (HostId other : hosts) {
            if (!other.equals(home)) {
                guests.forEach(guest -> assertThat(guestsOn(other)).doesNotContain(guest.id()));
            }
        }
        guests.forEach(guest -> {
            assertThat(boots(guest)).as("boots of " + guest).isEqualTo(1);
            assertThat(home(guest)).isEqualTo(home.value());
        });
    }

    /** Each guest was started exactly once more, runs on one host that is not its old one, and has an intact ledger. */
    void awaitMoved(HostId from, List<Guest> guests, Duration limit) {
        eventually(
                guests + " beat elsewhere",
                limit,
                () -> guests.forEach(guest -> {
                    assertThat(boots(guest)).as("boots of " + guest).isEqualTo(2);
                    assertThat(status(guest)).isEqualTo("ACTIVE");
                }));
        guests.forEach(guest -> {
            Set<String> homes = new TreeSet<>();
            hosts.stream().filter(host -> guestsOn(host).contains(guest.id())).forEach(host -> homes.add(host.value()));
            assertThat(homes).as("where " + guest + " runs").containsExactly(home(guest));
            assertThat(homes).doesNotContain(from.value());
        });
        stillBeats(guests);
        intact(guests);
    }

    // ---- what Holdfast says ----------------------------------------------------------------------------------------

    JsonNode host(HostId host) {
        return api.get("/ha/v1/hosts/" + host).path("host");
    }

    /** Why the host is in quarantine, if it is. */
    Optional<String> quarantine(HostId host) {
        return quarantine(host(host));
    }

    private static Optional<String> quarantine(JsonNode host) {
        return host.hasNonNull("quarantine")
                ? Optional.of(host.path("quarantine").asText()).filter(reason -> !reason.isEmpty())
                : Optional.empty();
    }

    /** Cases of the host that this story opened, newest first. */
    List<JsonNode> cases(HostId host) {
        return stream(api.get("/ha/v1/cases?host=" + host).path("cases"))
                .filter(one -> !knownCases.contains(one.path("id").asText()))
                .map(one -> api.get("/ha/v1/cases/" + one.path("id").asText()).path("case"))
                .toList();
    }

    /** Waits until the host's one case is in this state, and returns it. */
    JsonNode awaitCase(HostId host, String wanted, Duration limit) {
        List<JsonNode> seen = new ArrayList<>();
        eventually("the case of " + host + " is " + wanted, limit, () -> {
            JsonNode one = only(cases(host));
            assertThat(one.path("state").asText()).isEqualTo(wanted);
            // As it was then: one that needs an operator is tried again a moment later, and is another one meanwhile.
            seen.add(one);
        });
        return seen.getFirst();
    }

    private static JsonNode only(List<JsonNode> cases) {
        assertThat(cases).hasSize(1);
        return cases.getFirst();
    }

    /** What subscribers were told of this since the story began, as "type: reason", in that order. */
    List<String> told(HostId host) {
        return told("host/" + host);
    }

    /** The same of an instance. */
    List<String> told(Guest guest) {
        return told("instance/" + guest.id());
    }

    private List<String> told(String subject) {
        return events(knownEvents).stream()
                .filter(event -> event.path("subject").asText().equals(subject))
                .map(event -> event.path("type").asText() + ": "
                        + event.path("data").path("reason").asText())
                .toList();
    }

    /** The same without the reasons. */
    List<String> toldTypes(HostId host) {
        return told(host).stream()
                .map(told -> told.substring(0, told.indexOf(": ")))
                .toList();
    }

    private List<JsonNode> events(long after) {
        List<JsonNode> events = new ArrayList<>();
        long last = after;
        while (true) {
            List<JsonNode> page = stream(
                            api.get("/ha/v1/events?limit=1000&after=" + last).path("events"))
                    .toList();
            if (page.isEmpty()) {
                return events;
            }
            events.addAll(page);
            last = page.getLast().path("number").asLong();
        }
    }

    /** The planned moves of an instance, newest first. */
    List<JsonNode> moves(Guest guest) {
        return stream(api.get("/ha/v1/moves?instance=" + guest.id()).path("moves"))
                .toList();
    }

    static List<String> kinds(JsonNode oneCase) {
        return stream(oneCase.path("timeline"))
                .map(entry -> entry.path("kind").asText())
                .toList();
    }

    /** When that was first written into the timeline of a case. */
    static Instant at(JsonNode oneCase, String kind) {
        return stream(oneCase.path("timeline"))
                .filter(entry -> entry.path("kind").asText().equals(kind))
                .map(entry -> Instant.parse(entry.path("at").asText()))
                .findFirst()
                .orElseThrow();
    }

    static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    /** A monitor's word, in Nova's form, given to the controller that is spoken to. */
    Api.Answer forceDown(HostId host) {
        return api.send(
                "PUT",
                "/v2.1/os-services/force-down",
                Map.of("host", host.value(), "binary", "nova-compute", "forced_down", true),
                "2.11");
    }

    // ---- the controller --------------------------------------------------------------------------------------------

    void killController() {
        lab().killController();
        eventually(
                "the controller is dead",
                Duration.ofSeconds(5),
                () -> assertThat(lab().status().controller().running()).isFalse());
    }

    void restartController() {
        deployment.controllers().forEach(lab()::stop);
        deployment.controllers().forEach(lab()::start);
        awaitReady();
    }

    /** The machine of the controller that leads, as it says itself; nothing while none does. Those that hang are not asked. */
    Optional<String> leader(String... unasked) {
        List<String> names = deployment.controllers();
        for (int i = 0; i < names.size(); i++) {
            if (!List.of(unasked).contains(names.get(i))
                    && apis.get(i).send("GET", "/ha/v1/health", null).text().contains("leads at epoch")) {
                return Optional.of(names.get(i));
            }
        }
        return Optional.empty();
    }

    /** All further requests go to a controller that is not this one, and what the story asks is asked there. */
    void speakToAnyBut(String controller) {
        speakTo(deployment.controllers().indexOf(controller) == 0 ? 1 : 0);
    }

    void speakTo(int index) {
        api = apis.get(index);
    }

    /** What a command of Holdfast printed, both streams, and how it ended. */
    record Told(int exitCode, String text) {}

    /** By hand, all at once. The controller checks by itself, too, and nobody else gets at the devices meanwhile: then again. */
    FenceChecks checkFencing(List<HostId> checked) {
        List<String> command = new ArrayList<>(List.of("fence", "check", "--json"));
        checked.forEach(host -> command.add(host.value()));
        return await("the devices of " + checked + " are checked")
                .atMost(CHECK_LIMIT)
                .until(() -> FenceChecks.of(holdfast(command.toArray(String[]::new))), FenceChecks::areWhole);
    }

    /** The real command line, where the controller is. */
    Told holdfast(String... arguments) throws IOException, InterruptedException {
        return told(state, CHECK_LIMIT, distribution.command(arguments));
    }

    /** What any command says that is run in a directory, where the controller is. */
    Told told(Path directory, Duration limit, List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                lab().inController(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("HOLDFAST_URL", deployment.api().toString());
        builder.environment()
                .put("HOLDFAST_TOKEN_FILE", deployment.adminTokenFile().toString());
        builder.environment().put("HOLDFAST_CA", deployment.authority().toString());
        Path output = Files.createTempFile(state, "told", ".txt");
        Process process = builder.redirectOutput(output.toFile()).start();
        if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", command) + " did not end; it said: " + Files.readString(output));
        }
        return new Told(process.exitValue(), Files.readString(output));
    }

    /** The file with the first password of the user {@code admin}. */
    Path firstPassword() {
        return deployment.controllerState().resolve("admin-password");
    }

    // ---- waiting, and telling what was there instead ---------------------------------------------------------------

    static void eventually(String what, Duration limit, ThrowingRunnable assertion) {
        await(what).atMost(limit).pollDelay(Duration.ZERO).pollInterval(LOOK).untilAsserted(assertion);
    }

    /** For a moment that passes quickly: looks without a pause between two looks. */
    static void eagerly(String what, Duration limit, ThrowingRunnable assertion) {
        await(what)
                .atMost(limit)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(assertion);
    }

    /** It holds all the time, and not only at the end of it. */
    static void always(String what, Duration time, ThrowingRunnable assertion) {
        await(what)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(250))
                .during(time)
                .atMost(time.plusSeconds(5))
                .failFast(what, assertion)
                .until(() -> true);
    }

    /** For a story that failed: hosts, cases with their timelines, and the ends of the logs. */
    String report() {
        StringBuilder report = new StringBuilder();
        Api.Answer answer = api.send("GET", "/ha/v1/hosts", null);
        if (answer.ok()) {
            for (JsonNode host : answer.json().path("hosts")) {
                report.append("\nhost ").append(host);
            }
            for (HostId host : hosts) {
                cases(host).forEach(one -> describe(one, report));
            }
            servers()
                    .forEach(server -> report.append("\nserver ")
                            .append(server.path("name").asText())
                            .append(' ')
                            .append(server.path("status").asText())
                            .append(" on ")
                            .append(server.path("OS-EXT-SRV-ATTR:host").asText())
                            .append(' ')
                            .append(server.path("fault").path("message").asText()));
        } else {
            report.append("\nthe API does not answer: ").append(answer.text());
            report.append("\ncontroller: ").append(lab().status().controller());
            // A JVM that hangs tells where when it is asked; the answer comes with its log, below.
            lab().status().controller().pid().ifPresent(LabCluster::askForThreads);
        }
        hosts.forEach(
                host -> report.append("\nruns on ").append(host).append(": ").append(guestsOn(host)));
        deployment.controllers().forEach(controller -> tail(lab().log(controller), report));
        hosts.forEach(host -> tail(lab().logDirectory(host).resolve("agent.log"), report));
        return report.toString();
    }

    private static void askForThreads(long pid) {
        try {
            new Processes.Running(pid, "controller").signal("QUIT");
            await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        } catch (IOException e) {
            throw new UncheckedIOException("the controller's threads cannot be asked for", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while the controller's threads were asked for", e);
        }
    }

    private static void describe(JsonNode oneCase, StringBuilder report) {
        report.append("\ncase ")
                .append(oneCase.path("id").asText())
                .append(" of ")
                .append(oneCase.path("host").asText())
                .append(' ')
                .append(oneCase.path("state").asText())
                .append(": ")
                .append(oneCase.path("reason").asText());
        for (JsonNode entry : oneCase.path("timeline")) {
            report.append("\n  %6d ms %s %s: %s"
                    .formatted(
                            entry.path("offsetMillis").asLong(),
                            entry.path("kind").asText(),
                            entry.path("subject").asText(),
                            entry.path("text").asText()));
        }
        oneCase.path("instances").forEach(one -> report.append("\n  ").append(one));
    }

    private static void tail(Path log, StringBuilder report) {
        report.append("\n--- end of ")
                .append(log.getFileName())
                .append(" (")
                .append(log.getParent())
                .append(")");
        try {
            List<String> lines = Files.exists(log) ? Files.readAllLines(log, StandardCharsets.UTF_8) : List.of();
            lines.stream()
                    .skip(Math.max(0, lines.size() - LOG_TAIL_LINES))
                    .forEach(line -> report.append('\n').append(line));
        } catch (IOException e) {
            report.append("\ncannot be read: ").append(e);
        }
    }

    /** Whatever still is of the lab: its mark, namespaces, bridge, mounts, and processes that name its files. */
    private List<String> traces() throws IOException {
        List<String> traces = new ArrayList<>();
        if (Files.exists(Path.of("/run/holdfast-lab"))) {
            traces.add("/run/holdfast-lab");
        }
        if (Files.isDirectory(Path.of("/run/netns"))) {
            try (Stream<Path> namespaces = Files.list(Path.of("/run/netns"))) {
                namespaces
                        .filter(one -> String.valueOf(one.getFileName()).startsWith("lab-"))
                        .forEach(one -> traces.add("namespace " + one));
            }
        }
        Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .filter(mount -> mount.contains(state.toString()))
                .forEach(mount -> traces.add("mount " + mount));
        Processes.naming(state).forEach(process -> traces.add("process " + process));
        return traces;
    }

    // ---- the end ---------------------------------------------------------------------------------------------------

    /** Takes the lab down, sees that nothing of it is left on this machine, and removes its files. */
    @Override
    public void close() throws IOException {
        apis.forEach(Api::close);
        lab().down(line -> {});
        Runtime.getRuntime().removeShutdownHook(cleanUp);
        assertThat(traces()).as("what the lab left behind").isEmpty();
        try (Stream<Path> files = Files.walk(state)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException("cannot remove " + file, e);
                }
            });
        }
    }
}
