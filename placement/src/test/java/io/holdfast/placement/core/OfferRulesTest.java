package io.holdfast.placement.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.placement.Inventory;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a host offers is what a claim would be granted. */
class OfferRulesTest {

    @ParameterizedTest
    @CsvSource({
        "8, 0, 4.0, 32, 32",
        "8, 2, 4.0, 24, 24",
        "3, 0, 0.5, 1, 1",
        "8, 8, 4.0, 0, 1",
        "8, 9, 4.0, 0, 1",
        "2147483647, 0, 100, 214748364700, 2147483647",
    })
    void aHostPromisesItsCapacityButForWhatIsReserved(int total, int reserved, double ratio, long capacity, int most) {
        Inventory inventory = Objects.requireNonNull(OfferRules.ofHost(total, reserved, ratio));
        assertThat(inventory.capacity()).isEqualTo(capacity);
        assertThat(inventory.maxUnit()).isEqualTo(most);
        assertThat(inventory.total()).isEqualTo(total);
        assertThat(inventory.ratio()).isEqualTo(ratio);
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "3", "100", "2147483647"})
    void whatLimitsNobodyIsOnlyCounted(int total) {
        Inventory inventory = Objects.requireNonNull(OfferRules.ofHost(total, 5, 0));
        assertThat(inventory.total()).isEqualTo(Math.max(1, total));
        assertThat(inventory.reserved()).isZero();
        assertThat(inventory.capacity()).isBetween(Integer.MAX_VALUE - 1L, (long) Integer.MAX_VALUE);
    }

    @Test
    void aHostOffersNothingOfWhatItHasNot() {
        assertThat(OfferRules.ofHost(0, 0, 4)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0,0,1,1,1,1", "1,2,1,1,1,1", "1,-1,1,1,1,1", "1,0,0,1,1,1", "1,0,1,0,1,1", "1,0,1,1,0,1", "1,0,1,1,1,0"
    })
    void anInventoryThatMakesNoSenseCannotBe(int total, int reserved, int min, int max, int step, double ratio) {
        assertThatThrownBy(() -> new Inventory(total, reserved, min, max, step, ratio))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"4,true", "3,false", "6,true", "8,true", "10,false", "2,false"})
    void oneConsumerHasWhatTheUnitsAllow(long amount, boolean allowed) {
        assertThat(new Inventory(100, 0, 4, 8, 2, 1).deals(amount)).isEqualTo(allowed);
    }
}
