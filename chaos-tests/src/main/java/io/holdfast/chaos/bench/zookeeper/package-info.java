/** Light clients of ZooKeeper: a session and a lease each, without a client's threads. Speaks ZooKeeper's protocol itself. */
@NullMarked
package io.holdfast.chaos.bench.zookeeper;

import org.jspecify.annotations.NullMarked;
