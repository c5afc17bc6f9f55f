package io.holdfast.server.demo;

import io.holdfast.lab.BmcFault;
import io.holdfast.lab.Cable;
import io.holdfast.lab.HostPlan;
import io.holdfast.lab.Lab;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import io.holdfast.lab.guest.Guests;
import io.holdfast.lab.ledger.LedgerCheck;
import io.holdfast.lab.ledger.LedgerReader;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.PowerState;
import io.holdfast.secrets.Subprocess;
import io.holdfast.server.lab.Deployment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The real lab, seen from the controller's network namespace.
 *
 * <p>Must run inside that namespace: the API's and the receiver's addresses exist nowhere else.
 */
final class LabStage implements Stage {

    private static final String IMAGE_FILE = "boot-sector.img";
    private static final int GUEST_MEMORY_MIB = 8;
    private static final long VIRSH_SECONDS = 10;

    /** In the host, where only its own processes are seen. The brackets keep the script from finding itself. */
    private static final String KILL_AGENT = """
            for process in /proc/[0-9]*; do
                if tr '\\0' ' ' < "$process/cmdline" 2> /dev/null | grep -q '/bin/java .* [a]gent --settings '; then
                    kill -KILL "${process#/proc/}" && found=yes
                fi
            done
            [ "${found:-}" = yes ] || { echo "no agent runs"; exit 1; }
            """;

    private static final String STOP_LIBVIRTD = """
            for process in /proc/[0-9]*; do
                case $(readlink "$process/exe") in
                    */libvirtd) kill -STOP "${process#/proc/}" && found=yes ;;
                esac
            done
            [ "${found:-}" = yes ] || { echo "no libvirtd runs"; exit 1; }
            """;

    /** Also when none runs at this moment: its init starts it again. */
    private static final String CONTINUE_LIBVIRTD = """
            for process in /proc/[0-9]*; do
                case $(readlink "$process/exe") in
                    */libvirtd) kill -CONT "${process#/proc/}" || true ;;
                esac
            done
            """;

    private final Deployment deployment;
    private final Lab lab;
    private final Map<InstanceId, LedgerReader> readers = new HashMap<>();

    LabStage(Deployment deployment) throws IOException {
        this.deployment = deployment;
        this.lab = deployment.lab();
        Path images = Files.createDirectories(lab.sharedDirectory().resolve("images"));
        Guests.in(images.resolve(".cache")).bootSectorImage(images.resolve(IMAGE_FILE));
    }

    @Override
    public boolean simulated() {
        return false;
    }

    @Override
    public String description() {
        return "real libvirt hosts in network namespaces, BMCs over IPMI, QEMU guests";
    }

    @Override
    public URI api() {
        return deployment.api();
    }

    @Override
    public Path trusted() {
        return deployment.authority();
    }

    @Override
    public String adminToken() {
        return token("admin");
    }

    @Override
    public String memberToken(String project) {
        return token(project);
    }

    private String token(String owner) {
        try {
            return Files.readString(deployment.tokenFile(owner)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("the lab has no token for " + owner, e);
        }
    }

    @Override
    public String receiverAddress() {
        return Network.MGMT.controllerAddress();
    }

    @Override
    public List<HostId> hosts() {
        return lab.hosts().stream().map(HostPlan::host).toList();
    }

    @Override
    public Map<String, Object> image() {
        return Map.of("name", "boot-sector", "file", IMAGE_FILE, "format", "raw");
    }

    @Override
    public int guestMemoryMib() {
        return GUEST_MEMORY_MIB;
    }

    @Override
    public void fail(HostId host, Failure failure) {
        switch (failure) {
            case POWER -> lab.power(host, PowerAction.PULL_PLUG);
            case POWER_AND_BMC -> {
                lab.bmc(host, BmcFault.DEAD);
                lab.power(host, PowerAction.PULL_PLUG);
            }
            case HANG -> lab.freeze(host);
            case ISOLATED, NETWORK -> lab.cable(host, Network.MGMT, Cable.DOWN);
            case DEAF -> lab.cable(host, Network.MGMT, Cable.DEAF);
            case MUTE -> lab.cable(host, Network.MGMT, Cable.MUTE);
            case AGENT -> inHost(host, "bash", "-c", KILL_AGENT);
            case LIBVIRTD -> inHost(host, "bash", "-c", STOP_LIBVIRTD);
            case STORAGE -> lab.cable(host, Network.STORAGE, Cable.DOWN);
        }
    }

    private void inHost(HostId host, String... command) {
        try {
            Process process =
                    lab.inHost(host, List.of(command)).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new StoryFailure(String.join(" ", command) + " failed on " + host + ": " + said.strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run anything on " + host, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoryFailure("interrupted");
        }
    }

    @Override
    public void mend(HostId host, Failure failure) {
        lab.cable(host, Network.MGMT, Cable.UP);
        switch (failure) {
            case POWER_AND_BMC -> lab.bmc(host, BmcFault.NONE);
            // What still stands where it stood, because nobody fenced it.
            case HANG -> lab.thaw(host);
            case LIBVIRTD -> inHost(host, "bash", "-c", CONTINUE_LIBVIRTD);
            case STORAGE -> lab.cable(host, Network.STORAGE, Cable.UP);
            case POWER, ISOLATED, DEAF, MUTE, AGENT, NETWORK -> {}
        }
        lab.power(host, PowerAction.PRESS_ON);
    }

    @Override
    public Optional<Beat> beat(InstanceId instance) {
        return reader(instance).flatMap(reader -> {
            try {
                return reader.current().map(beat -> new Beat(Long.toHexString(beat.bootId()), beat.sequence()));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read the ledger of instance " + instance, e);
            }
        });
    }

    @Override
    public List<String> ledgerProblems(InstanceId instance) {
        return reader(instance)
                .map(reader -> {
                    try {
                        return LedgerCheck.violations(reader.read()).stream()
                                .map(Object::toString)
                                .toList();
                    } catch (IOException e) {
                        return List.of("it cannot be read: " + e.getMessage());
                    }
                })
                .orElse(List.of("there is no ledger"));
    }

    private Optional<LedgerReader> reader(InstanceId instance) {
        LedgerReader known = readers.get(instance);
        if (known != null) {
            return Optional.of(known);
        }
        Path disk = lab.sharedDirectory().resolve("instances/" + instance + "/disk.qcow2");
        if (!Files.exists(disk)) {
            return Optional.empty();
        }
        try {
            LedgerReader opened = LedgerReader.open(disk, lab::locate);
            readers.put(instance, opened);
            return Optional.of(opened);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the disk of instance " + instance, e);
        }
    }

    @Override
    public void forget(InstanceId instance) {
        LedgerReader reader = readers.remove(instance);
        if (reader != null) {
            close(reader);
        }
    }

    @Override
    public Set<InstanceId> guestsOn(HostId host) {
        PowerState power = lab.status()
                .host(host)
                .map(status -> status.power())
                .orElseThrow(() -> new StoryFailure("the lab has no host " + host));
        if (power == PowerState.OFF) {
            return Set.of();
        }
        List<String> command = List.of(
                "virsh",
                "-q",
                "-c",
                "qemu+unix:///system?socket=" + lab.libvirtSocket(host),
                "list",
                "--state-running",
                "--uuid");
        try {
            Process virsh = Subprocess.of(command).redirectErrorStream(true).start();
            String answer = new String(virsh.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!virsh.waitFor(VIRSH_SECONDS, TimeUnit.SECONDS) || virsh.exitValue() != 0) {
                virsh.destroyForcibly();
                // A host that is still booting has no hypervisor to ask, and then runs nothing.
                return Set.of();
            }
            return answer.lines()
                    .map(String::strip)
                    .filter(line -> line.length() == 36)
                    .map(InstanceId::parse)
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run virsh", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoryFailure("interrupted");
        }
    }

    @Override
    public void close() {
        readers.values().forEach(LabStage::close);
    }

    private static void close(LedgerReader reader) {
        try {
            reader.close();
        } catch (IOException e) {
            throw new UncheckedIOException("a disk that was only read does not close", e);
        }
    }
}
