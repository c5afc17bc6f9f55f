package io.holdfast.compute.store;

import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * Hands out connections of another source, counts the statements that each thread prepares on them, and can be cut off. By
 * thread, because goals are delivered at the same time, and how often depends on how busy the machine is.
 */
final class CountingDataSource implements DataSource {

    private final DataSource real;
    private final Map<Thread, AtomicInteger> statements = new ConcurrentHashMap<>();

    /** While set, the database is away. */
    volatile boolean cutOff;

    CountingDataSource(DataSource real) {
        this.real = real;
    }

    /** Prepared by the calling thread so far. */
    int mine() {
        return statements
                .computeIfAbsent(Thread.currentThread(), thread -> new AtomicInteger())
                .get();
    }

    @Override
    public Connection getConnection() throws SQLException {
        if (cutOff) {
            throw new SQLException("the connection attempt failed", "08001");
        }
        Connection connection = real.getConnection();
        InvocationHandler counting = (proxy, method, arguments) -> {
            if (method.getName().startsWith("prepare")) {
                statements
                        .computeIfAbsent(Thread.currentThread(), thread -> new AtomicInteger())
                        .incrementAndGet();
            }
            try {
                return method.invoke(connection, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return (Connection)
                Proxy.newProxyInstance(Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, counting);
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return real.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        real.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        real.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return real.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return real.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return real.isWrapperFor(type);
    }
}
