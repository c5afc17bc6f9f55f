package io.holdfast.chaos.sim.cli;

import io.holdfast.chaos.sim.Workload;
import io.holdfast.model.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sizes of instances as they arrived in a public cloud: each as often as the trace has it. */
final class TraceWorkload {

    private static final int ARRIVALS = 50_000;

    private TraceWorkload() {}

    /**
     * @param folder with {@code v1.dev.txt} (a line per 300 s: seconds, a blank, letters with commas between them, {@code |}
     *     after each batch) and {@code flav_map.txt} ({@code vCPU,memory-in-GB letter})
     */
    static Workload of(Path folder) throws IOException {
        Map<String, Resources> flavors = new HashMap<>();
        for (String line : Files.readAllLines(folder.resolve("flav_map.txt"))) {
            String[] parts = line.strip().split("[ ,]+", -1);
            if (parts.length == 3) {
                int vcpus = (int) Math.ceil(Double.parseDouble(parts[0]));
                int memory = (int) (Double.parseDouble(parts[1]) * 1024);
                flavors.put(parts[2], new Resources(vcpus, memory, 10));
            }
        }
        List<Resources> arrivals = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("v1.dev.txt"))) {
            int blank = line.indexOf(' ');
            for (String letter : line.substring(blank + 1).split("[,|]", -1)) {
                Resources size = flavors.get(letter.strip());
                if (size != null && arrivals.size() < ARRIVALS) {
                    arrivals.add(size);
                }
            }
        }
        if (arrivals.isEmpty()) {
            throw new IOException("no arrival of a known flavor in " + folder.resolve("v1.dev.txt"));
        }
        List<Resources> all = List.copyOf(arrivals);
        return dice -> dice.pick(all);
    }
}
