package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecRuleTest {

    @ParameterizedTest(name = "{0} meets [{1}]: {2}")
    @CsvSource({
        "ssd, ssd, true",
        "ssd, hdd, false",
        "ssd, SSD, false",
        "ssd fast, ssd fast, true",
        "ssd, <or> hdd <or> ssd, true",
        "nvme, <or> hdd <or> ssd, false",
        "<or>, <or> hdd <or> ssd, false",
        "ssd, <or>, false",
        "avx512, <in> avx, true",
        "sse, <in> avx, false",
        "sse, <in>, false",
        "aes sse, <all-in> sse aes, true",
        "sse, <all-in> sse aes, false",
        "sse, <all-in>, false",
        "2, = 2, true",
        "3, = 2, true",
        "1, = 2, false",
        "3, >= 2.5, true",
        "2, >= 2.5, false",
        "2.0, == 2, true",
        "3, == 2, false",
        "3, != 2, true",
        "2.0, != 2, false",
        "2, <= 2, true",
        "3, <= 2, false",
        "many, = 2, false",
        "many, != 2, false",
        "2, = many, false",
        "2, =, false",
        "2.0, s== 2, false",
        "a, s== a, true",
        "a, s!= b, true",
        "a, s!= a, false",
        "a, s< b, true",
        "b, s< b, false",
        "b, s<= b, true",
        "b, s> a, true",
        "a, s> a, false",
        "a, s>= a, true",
        "a, s>= b, false",
        "a, s==, false",
        "a, s!=, false",
    })
    void meets(String value, String wanted, boolean expected) {
        assertThat(SpecRule.matches(value, wanted)).isEqualTo(expected);
    }

    @Test
    void oneAggregateOfTheHostsIsEnoughAndEachKeyMustBeThere() {
        Map<String, Set<String>> metadata = Map.of("disk", Set.of("hdd", "ssd"), "cpu", Set.of("old"));

        assertThat(SpecRule.missing(Map.of(), Map.of())).isNull();
        assertThat(SpecRule.missing(Map.of("disk", "ssd"), metadata)).isNull();
        assertThat(SpecRule.missing(Map.of("disk", "nvme"), metadata))
                .isEqualTo("the flavor wants an aggregate with disk nvme, its aggregates have hdd, ssd");
        assertThat(SpecRule.missing(Map.of("disk", "ssd", "gpu", "yes"), metadata))
                .isEqualTo("the flavor wants an aggregate with gpu yes, its aggregates have no such key");
    }
}
