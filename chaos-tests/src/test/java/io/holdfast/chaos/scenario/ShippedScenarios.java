package io.holdfast.chaos.scenario;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the scenarios that ship with the product are, in a checkout. */
final class ShippedScenarios {

    private ShippedScenarios() {}

    static Path directory() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(at.resolve("chaos-tests/scenarios"))) {
            at = at.getParent();
        }
        return at.resolve("chaos-tests/scenarios");
    }
}
