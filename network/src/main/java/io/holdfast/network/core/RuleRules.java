package io.holdfast.network.core;

import io.holdfast.network.Ipv4;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.SecurityGroups.NewRule;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a rule of a security group may say. */
public final class RuleRules {

    private static final Set<String> WITH_PORTS =
            Set.of("tcp", "udp", "sctp", "dccp", "udplite", "6", "17", "132", "33", "136");
    private static final Set<String> ICMP = Set.of("icmp", "icmpv6", "ipv6-icmp", "1", "58");
    private static final Set<String> PROTOCOLS = Set.of(
            "ah",
            "dccp",
            "egp",
            "esp",
            "gre",
            "icmp",
            "icmpv6",
            "igmp",
            "ipip",
            "ipv6-encap",
            "ipv6-frag",
            "ipv6-icmp",
            "ipv6-nonxt",
            "ipv6-opts",
            "ipv6-route",
            "ospf",
            "pgm",
            "rsvp",
            "sctp",
            "tcp",
            "udp",
            "udplite",
            "vrrp");

    private RuleRules() {}

    /** @throws NetworkException INVALID when it contradicts itself */
    public static void check(NewRule rule) {
        String protocol = rule.protocol() == null ? null : rule.protocol().toLowerCase(Locale.ROOT);
        if (protocol != null && !PROTOCOLS.contains(protocol) && !isNumber(protocol)) {
            throw invalid("Security group rule protocol " + rule.protocol() + " not supported.");
        }
        if (rule.remotePrefix() != null && rule.remoteGroup() != null) {
            throw invalid("Only remote_ip_prefix or remote_group_id may be provided.");
        }
        if (rule.remotePrefix() != null && !fits(rule.remotePrefix(), rule.ethertype())) {
            throw invalid("'" + rule.remotePrefix() + "' is not a valid " + rule.ethertype() + " address or prefix.");
        }
        if (rule.portMin() == null && rule.portMax() == null) {
            return;
        }
        if (protocol == null) {
            throw invalid("Must also specify protocol if port range is given.");
        }
        if (ICMP.contains(protocol)) {
            within("type", rule.portMin(), 255);
            within("code", rule.portMax(), 255);
            if (rule.portMin() == null) {
                throw invalid("ICMP code (port-range-max) is provided but ICMP type (port-range-min) is missing.");
            }
            return;
        }
        if (!WITH_PORTS.contains(protocol)) {
            throw invalid("Protocol " + rule.protocol() + " has no ports.");
        }
        Integer min = rule.portMin();
        Integer max = rule.portMax();
        if (min == null || max == null || min < 1 || min > max || max > 65535) {
            throw invalid("For TCP/UDP protocols, port_range_min must be <= port_range_max, both from 1 to 65535.");
        }
    }

    /** An address, or one with the length of its prefix. */
    private static boolean fits(String prefix, String ethertype) {
        String[] parts = prefix.split("/", 2);
        boolean v4 = ethertype.equals("IPv4");
        boolean length =
                parts.length == 1 || (parts[1].matches("[0-9]{1,3}") && Integer.parseInt(parts[1]) <= (v4 ? 32 : 128));
        return length && (v4 ? Ipv4.parse(parts[0]).isPresent() : parts[0].matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"));
    }

    private static boolean isNumber(String protocol) {
        return protocol.matches("[0-9]{1,3}") && Integer.parseInt(protocol) <= 255;
    }

    private static void within(String what, @Nullable Integer value, int max) {
        if (value != null && (value < 0 || value > max)) {
            throw invalid("Invalid value for ICMP " + what + " " + value + ". It must be 0 to " + max + ".");
        }
    }

    private static NetworkException invalid(String message) {
        return new NetworkException(Problem.INVALID, message);
    }
}
