package io.holdfast.server.demo;

import io.holdfast.api.ApiSettings;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.network.NetworkSettings;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.recovery.AdmissionSettings;
import io.holdfast.recovery.GuardSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.Closing;
import io.holdfast.server.Scratch;
import io.holdfast.server.cli.NewToken;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import io.holdfast.store.StoreSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The same controller, with its database and its API, over hosts that exist only in memory.
 *
 * <p>What is simulated: leases and group, power devices, hypervisors, the shared storage. What is not: everything that
 * decides, stores and tells.
 */
final class SimulatedStage implements Stage {

    private static final String IMAGE_FILE = "simulated.img";
    private static final Duration BEAT = Duration.ofMillis(100);

    private final Closing closing = new Closing();
    private final SimulatedStorage storage;
    private final SimulatedRack rack;
    private final Map<String, NewToken> tokens;
    private final Path state;
    private final int port;

    private SimulatedStage(
            SimulatedStorage storage,
            SimulatedRack rack,
            Map<String, NewToken> tokens,
            Path state,
            Closing closing,
            int port) {
        this.state = state;
        this.storage = storage;
        this.rack = rack;
        this.tokens = tokens;
        this.port = port;
        this.closing.add(closing);
    }

    /**
     * Nobody else can see what is in it. One can pass through, because root's database runs as another account, and where that
     * is not allowed namespaces of its own (in a container) it has no other way to its files.
     */
    static Path directory() throws IOException {
        Path directory = Files.createTempDirectory("holdfast-simulated");
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        }
        return directory;
    }

    static SimulatedStage open(int hostCount) throws Exception {
        return open(hostCount, new Resources(8, 2048, 100), BEAT);
    }

    /**
     * @param each what one of the hosts has
     * @param beat between two signs of life of each guest
     */
    static SimulatedStage open(int hostCount, Resources each, Duration beat) throws Exception {
        Path directory = directory();
        Closing closing = new Closing();
        closing.add((AutoCloseable) () -> deleteTree(directory));
        try {
            Path shared = Files.createDirectories(directory.resolve("shared"));
            Files.write(Files.createDirectories(shared.resolve("images")).resolve(IMAGE_FILE), new byte[512]);
            SimulatedStorage storage = closing.add(new SimulatedStorage(beat));
            Map<String, NewToken> tokens =
                    Map.of("admin", NewToken.random(), Cluster.SHOP, NewToken.random(), Cluster.NFV, NewToken.random());
            ControllerSettings settings = settings(directory, shared, tokens);
            SimulatedRack rack =
                    closing.add(SimulatedRack.of(hostCount, each, directory.resolve("hosts"), storage, settings));
            Controller controller =
                    closing.add(Controller.start(settings, SecretReader.ofCommand(Map.of()), () -> rack));
            rack.powerOnAll();
            return new SimulatedStage(storage, rack, tokens, settings.stateDirectory(), closing, controller.apiPort());
        } catch (Exception e) {
            closing.closeAfter(e);
            throw e;
        }
    }

    private static ControllerSettings settings(Path directory, Path shared, Map<String, NewToken> tokens) {
        ComputeSettings compute = ComputeSettings.defaults().at(shared);
        ApiSettings api = ApiSettings.defaults();
        List<ApiSettings.Token> known = new ArrayList<>();
        tokens.forEach((owner, token) -> known.add(new ApiSettings.Token(
                owner, owner.equals("admin") ? ApiSettings.Role.ADMIN : ApiSettings.Role.MEMBER, owner, token.hash())));
        return new ControllerSettings(
                directory.resolve("controller"),
                "simulated",
                "default",
                null,
                SecretSettings.defaults(),
                StoreSettings.defaults(),
                io.holdfast.membership.MembershipSettings.defaults().withGrace(Duration.ofSeconds(2)),
                FencingSettings.defaults(),
                SchedulerSettings.defaults(),
                AdmissionSettings.defaults(),
                compute,
                NetworkSettings.defaults(),
                RecoverySettings.defaults().with(GuardSettings.defaults().forRepeatedFailures()),
                NotificationSettings.defaults().allowing(List.of("127.0.0.0/8")),
                api.listening("127.0.0.1", 0, known),
                IdentitySettings.defaults(),
                ImageSettings.defaults());
    }

    @Override
    public boolean simulated() {
        return true;
    }

    @Override
    public String description() {
        return "SIMULATED hosts, power and storage; the controller, its database and its API are real";
    }

    @Override
    public URI api() {
        return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    public @Nullable Path trusted() {
        return null;
    }

    @Override
    public String adminToken() {
        return token("admin");
    }

    @Override
    public String memberToken(String project) {
        return token(project);
    }

    /** Of the user admin, as the controller has drawn it. */
    String adminPassword() throws IOException {
        return Files.readString(state.resolve("admin-password")).strip();
    }

    private String token(String owner) {
        NewToken token = tokens.get(owner);
        if (token == null) {
            throw new IllegalArgumentException("nobody here is called " + owner);
        }
        return token.token();
    }

    @Override
    public String receiverAddress() {
        return "127.0.0.1";
    }

    @Override
    public List<HostId> hosts() {
        return rack.hosts();
    }

    @Override
    public Map<String, Object> image() {
        return Map.of("name", "simulated", "file", IMAGE_FILE, "format", "raw");
    }

    @Override
    public int guestMemoryMib() {
        return 8;
    }

    @Override
    public void fail(HostId host, Failure failure) {
        switch (failure) {
            case POWER -> rack.pullPlug(host);
            case POWER_AND_BMC, HANG, ISOLATED, DEAF, MUTE, AGENT, LIBVIRTD, NETWORK, STORAGE ->
                throw new StoryFailure("nothing like that befalls a simulated host: " + failure.word());
        }
    }

    @Override
    public void mend(HostId host, Failure failure) {
        rack.pressPower(host);
    }

    @Override
    public Optional<Beat> beat(InstanceId instance) {
        List<SimulatedStorage.Beat> beats = storage.beats(instance);
        return beats.isEmpty()
                ? Optional.empty()
                : Optional.of(new Beat(
                        beats.getLast().host() + "/" + beats.getLast().generation(),
                        beats.getLast().sequence()));
    }

    @Override
    public List<String> ledgerProblems(InstanceId instance) {
        return storage.splitBrains().stream()
                .filter(problem -> problem.contains(instance.toString()))
                .toList();
    }

    @Override
    public void forget(InstanceId instance) {
        // Nothing is held open for it.
    }

    @Override
    public Set<InstanceId> guestsOn(HostId host) {
        return rack.guestsOn(host);
    }

    @Override
    public void close() {
        closing.close();
    }

    private static void deleteTree(Path directory) {
        try {
            Scratch.remove(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + directory, e);
        }
    }
}
