package io.holdfast.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The files of the machines that are not hosts: what each is called and runs, and what it wrote. Scripts read the same
 * files, so what stands in them is what the lab does.
 */
final class MachineFiles {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path state;

    MachineFiles(Path state) {
        this.state = state;
    }

    Path log(String machine) {
        return home(machine)
                .resolve(machine.equals(MachinePlan.FIRST_CONTROLLER) ? "controller.log" : machine + ".log");
    }

    /** Made when missing. */
    private Path home(String machine) {
        Path home = machine.equals(MachinePlan.FIRST_CONTROLLER)
                ? state.resolve("controller")
                : state.resolve("machines").resolve(machine);
        try {
            return Files.createDirectories(home);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + home, e);
        }
    }

    /** As they were written last, without their commands; empty before. */
    List<MachinePlan> plans() {
        Path file = state.resolve("lab.json");
        try {
            List<MachinePlan> plans = new ArrayList<>();
            for (JsonNode one : JSON.readTree(Files.readAllBytes(file)).path("machines")) {
                plans.add(new MachinePlan(
                        one.path("name").asText(),
                        one.path("index").asInt(),
                        one.path("mgmt").asText(),
                        one.path("storage").asText(),
                        one.path("oob").asText(),
                        List.of()));
            }
            return List.copyOf(plans);
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** What each machine is and runs; machines of an earlier lab keep their files, and are not wired any more. */
    ArrayNode write(List<MachinePlan> plans) throws IOException {
        Set<String> wanted = new LinkedHashSet<>();
        ArrayNode all = JSON.createArrayNode();
        for (MachinePlan machine : plans) {
            wanted.add(machine.name());
            Path home = home(machine.name());
            Files.write(home.resolve("command"), HostFiles.nulSeparated(machine.command()));
            Files.writeString(
                    home.resolve("machine.env"),
                    "NAME=%s INDEX=%d MGMT=%s STORAGE=%s OOB=%s%n"
                            .formatted(
                                    machine.name(),
                                    machine.index(),
                                    machine.mgmtAddress(),
                                    machine.storageAddress(),
                                    machine.oobAddress()));
            all.addObject()
                    .put("name", machine.name())
                    .put("index", machine.index())
                    .put("mgmt", machine.mgmtAddress())
                    .put("storage", machine.storageAddress())
                    .put("oob", machine.oobAddress());
        }
        Path homes = state.resolve("machines");
        if (Files.isDirectory(homes)) {
            try (var earlier = Files.newDirectoryStream(homes)) {
                for (Path home : earlier) {
                    if (!wanted.contains(String.valueOf(home.getFileName()))) {
                        Files.deleteIfExists(home.resolve("machine.env"));
                    }
                }
            }
        }
        return all;
    }

    /** @param ports whether each port of the switch is up, by its name */
    List<LabStatus.MachineStatus> status(Belongings belongings, Map<String, Boolean> ports) {
        return plans().stream()
                .map(machine -> {
                    OptionalLong pid = pid(belongings, machine.name());
                    return new LabStatus.MachineStatus(
                            machine.name(),
                            machine.address(),
                            isPlanned(machine.name()),
                            pid,
                            pid.isPresent() && Belongings.isStopped(pid.getAsLong()),
                            ports.getOrDefault("p-" + machine.network().word() + "-" + machine.index(), false));
                })
                .toList();
    }

    /** Whether it has a command. */
    boolean isPlanned(String machine) {
        try {
            return Files.size(home(machine).resolve("command")) > 0;
        } catch (IOException none) {
            return false;
        }
    }

    /** The process that was started for its command, by its number on this machine; empty when it does not live. */
    OptionalLong pid(Belongings belongings, String machine) {
        try {
            long inside = Long.parseLong(
                    Files.readString(home(machine).resolve("pid")).strip());
            return belongings.members(machine).stream()
                    .filter(pid -> Belongings.numbers(pid).contains(inside))
                    .filter(pid -> Belongings.numbers(pid).getLast() == inside)
                    .mapToLong(Long::longValue)
                    .findFirst();
        } catch (IOException | NumberFormatException none) {
            return OptionalLong.empty();
        }
    }
}
