package io.holdfast.network.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.network.Cidr;
import io.holdfast.network.Gateway;
import io.holdfast.network.Ipv4;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.Range;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** The arithmetic of ranges beside one that writes every address down. */
class AddressPlanTest {

    @Property(tries = 300)
    void theUsualPlanGivesEachAddressButNetworkBroadcastAndGateway(@ForAll("cidrs") Cidr cidr, @ForAll long seed) {
        AddressPlan plan = AddressPlan.of(cidr, new Gateway.First(), null);
        List<Ipv4> given = plan.candidates(seed, 0, 1 << 12);

        List<Ipv4> every = written(cidr);
        Set<Ipv4> expected = new HashSet<>(every.subList(2, every.size() - 1));
        assertThat(given).doesNotHaveDuplicates();
        assertThat(new HashSet<>(given)).isEqualTo(expected);
        assertThat(plan.size()).isEqualTo(expected.size());
        assertThat(plan.allows(every.getFirst())).isFalse();
        assertThat(plan.allows(every.get(1))).as("the gateway").isFalse();
        assertThat(plan.allows(every.getLast())).isFalse();
        assertThat(expected).allMatch(plan::allows);
    }

    @Property(tries = 300)
    void candidatesAreThePoolsAroundFromTheSeed(
            @ForAll("plans") AddressPlan plan,
            @ForAll long seed,
            @ForAll @LongRange(min = 0, max = 70) long from,
            @ForAll @IntRange(min = 1, max = 40) int count) {
        List<Ipv4> pools = new ArrayList<>();
        for (Range pool : plan.pools()) {
            for (long i = pool.first().value(); i <= pool.last().value(); i++) {
                pools.add(new Ipv4(i));
            }
        }
        List<Ipv4> expected = new ArrayList<>();
        int start = Math.floorMod(seed, pools.size());
        for (long i = from; i < from + count && i < pools.size(); i++) {
            expected.add(pools.get((int) ((start + i) % pools.size())));
        }
        assertThat(plan.candidates(seed, from, count)).isEqualTo(expected);
        assertThat(expected).allMatch(plan::allows);
    }

    @Property(tries = 500)
    void aPlanIsRefusedExactlyWhenOneWouldSeeItsFault(
            @ForAll("cidrs") Cidr cidr,
            @ForAll @IntRange(min = -2, max = 40) int gateway,
            @ForAll @IntRange(min = -2, max = 40) int first,
            @ForAll @IntRange(min = 0, max = 10) int length,
            @ForAll @IntRange(min = -2, max = 40) int second) {
        Ipv4 router = cidr.network().plus(gateway);
        List<Range> pools = List.of(
                new Range(cidr.network().plus(first), cidr.network().plus(first + length)),
                new Range(cidr.network().plus(second), cidr.network().plus(second)));
        List<Ipv4> every = written(cidr);
        List<Ipv4> usable = every.subList(1, every.size() - 1);
        Set<Ipv4> seen = new HashSet<>();
        boolean good = usable.contains(router);
        for (Range pool : pools) {
            for (long i = pool.first().value(); i <= pool.last().value(); i++) {
                Ipv4 one = new Ipv4(i);
                good &= usable.contains(one) && !one.equals(router) && seen.add(one);
            }
        }
        if (good) {
            assertThat(AddressPlan.of(cidr, new Gateway.At(router), pools).size())
                    .isEqualTo(seen.size());
        } else {
            assertThatThrownBy(() -> AddressPlan.of(cidr, new Gateway.At(router), pools))
                    .isInstanceOf(NetworkException.class)
                    .extracting(refused -> ((NetworkException) refused).problem())
                    .isIn(Problem.INVALID, Problem.OVERLAP);
        }
    }

    @Property
    void anAddressIsReadAsItWasWritten(@ForAll @LongRange(min = 0, max = 0xffff_ffffL) long value) {
        assertThat(Ipv4.parse(new Ipv4(value).toString())).hasValue(new Ipv4(value));
    }

    @Example
    void anAddressHasOneSpelling() {
        for (String text :
                List.of("", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.-1", " 1.2.3.4", "1.2.3.4 ", "::1")) {
            assertThat(Ipv4.parse(text)).as(text).isEmpty();
        }
    }

    @Example
    void aRangeHasNoBitsBehindItsPrefixAndRoomForAPort() {
        assertThat(Cidr.parse("10.1.0.0/16").orElseThrow().broadcast()).hasToString("10.1.255.255");
        for (String text :
                List.of("10.1.0.1/16", "10.0.0.0/7", "10.0.0.0/31", "10.0.0.0", "10.0.0.0/", "10.0.0.0/08", "x/24")) {
            assertThat(Cidr.parse(text)).as(text).isEmpty();
        }
    }

    @Example
    void withoutAGatewayItsAddressIsGivenLikeAnyOther() {
        AddressPlan plan = AddressPlan.of(Cidr.parse("192.0.2.0/30").orElseThrow(), new Gateway.None(), null);
        assertThat(plan.pools()).hasToString("[192.0.2.1-192.0.2.2]");
        assertThat(plan.gateway()).isNull();
    }

    @Example
    void macsAreLocallyAdministeredAndOfOneReceiver() {
        assertThat(Macs.of(0)).isEqualTo("fa:16:3e:00:00:00");
        assertThat(Macs.of(0x1234_56ab_cdefL)).isEqualTo("fa:16:3e:ab:cd:ef");
        assertThat(Macs.isUsable("01:00:5e:00:00:01")).as("of many receivers").isFalse();
        assertThat(Macs.isUsable("00:00:00:00:00:00")).isFalse();
        assertThat(Macs.isUsable(Macs.of(-1))).isTrue();
    }

    private static List<Ipv4> written(Cidr cidr) {
        List<Ipv4> all = new ArrayList<>();
        for (long i = 0; i < 1L << (32 - cidr.prefix()); i++) {
            all.add(cidr.network().plus(i));
        }
        return all;
    }

    @Provide
    Arbitrary<Cidr> cidrs() {
        return Combinators.combine(
                        Arbitraries.integers().between(24, 30),
                        Arbitraries.longs().between(1L << 24, (1L << 32) - 1025))
                .as((prefix, at) -> new Cidr(new Ipv4(at & (0xffff_ffffL << (32 - prefix))), prefix));
    }

    @Provide
    Arbitrary<AddressPlan> plans() {
        return Combinators.combine(
                        Arbitraries.integers().between(2, 9),
                        Arbitraries.integers().between(0, 20),
                        Arbitraries.integers().between(1, 30))
                .as((first, length, gap) -> {
                    Ipv4 base = new Ipv4(10L << 24);
                    return AddressPlan.of(
                            new Cidr(base, 24),
                            new Gateway.First(),
                            List.of(
                                    new Range(base.plus(100L + gap), base.plus(100L + gap)),
                                    new Range(base.plus(first), base.plus(first + (long) length))));
                });
    }
}
