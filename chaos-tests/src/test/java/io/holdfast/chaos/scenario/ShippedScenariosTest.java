package io.holdfast.chaos.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ShippedScenariosTest {

    @Test
    void thereAreAtLeastSixtyAndEachCanBeRead() {
        assertThat(ScenarioLoader.load(ShippedScenarios.directory())).hasSizeGreaterThanOrEqualTo(60);
    }
}
