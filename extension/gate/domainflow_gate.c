/*
 * Stops before each PL/pgSQL statement, and between the statements of SQL functions and of one query string, until a controller on a
 * Unix socket lets the session continue.
 *
 * With it the race lab decides the order in which several sessions execute the statements of their functions. It sets
 * domainflow_gate.socket in each session; without that setting the module does nothing. A session writes one line per statement,
 *
 *     function signature <tab> line <tab> kind of statement <tab> text <newline>
 *
 * and waits for one byte. The text is the statement's SQL or condition. Outside of PL/pgSQL the signature is "SQL function", or empty for a
 * query string of the client. The controller identifies the session by the process id of the socket's peer (SO_PEERCRED).
 *
 * Unless domainflow_gate.all is on, the module skips statements that reach nothing outside the function (assignments, conditions and
 * RETURNs without a call or a subquery): no other session can observe their order.
 *
 * A stop between two statements is at the end of the first, because the second takes its snapshot before it can be stopped.
 */
#include "postgres.h"

#include <ctype.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "access/parallel.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "mb/pg_wchar.h"
#include "plpgsql.h"
#include "storage/ipc.h"
#include "storage/pmsignal.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

static char *gate_socket = NULL;
static bool gate_all = false;
static bool gate_pause = false;
static int	gate_fd = -1;

/* The hook of a plugin that was loaded before: it still sees every statement. */
static void (*next_stmt_beg) (PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt) = NULL;

static PLpgSQL_plugin gate_plugin;

static ExecutorEnd_hook_type next_executor_end = NULL;
static ProcessUtility_hook_type next_process_utility = NULL;

static void
hang_up(void)
{
	if (gate_fd >= 0)
		close(gate_fd);
	gate_fd = -1;
}

static bool
check_socket(char **value, void **extra, GucSource source)
{
	if (*value && strlen(*value) >= sizeof(((struct sockaddr_un *) 0)->sun_path))
	{
		GUC_check_errdetail("A socket path must be shorter than %zu bytes.", sizeof(((struct sockaddr_un *) 0)->sun_path));
		return false;
	}
	return true;
}

/* A new value means another controller, or none. */
static void
assign_socket(const char *value, void *extra)
{
	hang_up();
}

static void
call_controller(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strlcpy(address.sun_path, gate_socket, sizeof(address.sun_path));
	gate_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (gate_fd < 0 || connect(gate_fd, (struct sockaddr *) &address, sizeof(address)) < 0)
	{
		int			reason = errno;

		hang_up();
		errno = reason;
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("the controller at \"%s\" does not answer: %m", gate_socket)));
	}
}

/* Waits for one byte. Reacts to a cancel, a termination or the end of the server in the meantime. */
static void
wait_for_controller(void)
{
	char		answer;

	for (;;)
	{
		struct pollfd readable = {.fd = gate_fd, .events = POLLIN};
		int			ready = poll(&readable, 1, 100);

		CHECK_FOR_INTERRUPTS();
		if (ready == 0 && !PostmasterIsAlive())
			proc_exit(1);
		if (ready <= 0)
			continue;
		if (recv(gate_fd, &answer, 1, 0) == 1)
			return;
		hang_up();
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("the controller at \"%s\" is gone", gate_socket)));
	}
}

/* Whether a text contains a word, in either case; inside a longer word counts too. */
static bool
mentions(const char *text, const char *word)
{
	size_t		length = strlen(word);

	for (; *text; text++)
	{
		if (pg_strncasecmp(text, word, length) == 0)
			return true;
	}
	return false;
}

/* Neither a call nor a subquery, nor an assignment that reads a table: v := n FROM t. */
static bool
is_local(const PLpgSQL_expr *expr)
{
	return expr == NULL
		|| (strchr(expr->query, '(') == NULL && !mentions(expr->query, "from") && !mentions(expr->query, "table"));
}

static bool
are_local(List *expressions)
{
	ListCell   *cell;

	foreach(cell, expressions)
	{
		if (!is_local((PLpgSQL_expr *) lfirst(cell)))
			return false;
	}
	return true;
}

static bool
stays_inside(const PLpgSQL_stmt *stmt)
{
	switch (stmt->cmd_type)
	{
		case PLPGSQL_STMT_BLOCK:
		case PLPGSQL_STMT_LOOP:
		case PLPGSQL_STMT_GETDIAG:
			return true;
		case PLPGSQL_STMT_EXIT:
			return is_local(((const PLpgSQL_stmt_exit *) stmt)->cond);
		case PLPGSQL_STMT_RAISE:
			return are_local(((const PLpgSQL_stmt_raise *) stmt)->params) && ((const PLpgSQL_stmt_raise *) stmt)->options == NIL;
		case PLPGSQL_STMT_RETURN_NEXT:
			return is_local(((const PLpgSQL_stmt_return_next *) stmt)->expr);
		case PLPGSQL_STMT_ASSIGN:
			return is_local(((const PLpgSQL_stmt_assign *) stmt)->expr);
		case PLPGSQL_STMT_RETURN:
			return is_local(((const PLpgSQL_stmt_return *) stmt)->expr);
		case PLPGSQL_STMT_WHILE:
			return is_local(((const PLpgSQL_stmt_while *) stmt)->cond);
		case PLPGSQL_STMT_FORI:
			return is_local(((const PLpgSQL_stmt_fori *) stmt)->lower) && is_local(((const PLpgSQL_stmt_fori *) stmt)->upper);
		case PLPGSQL_STMT_FOREACH_A:
			return is_local(((const PLpgSQL_stmt_foreach_a *) stmt)->expr);
		case PLPGSQL_STMT_IF:
			{
				const PLpgSQL_stmt_if *condition = (const PLpgSQL_stmt_if *) stmt;
				ListCell   *cell;

				foreach(cell, condition->elsif_list)
				{
					if (!is_local(((PLpgSQL_if_elsif *) lfirst(cell))->cond))
						return false;
				}
				return is_local(condition->cond);
			}
		default:
			return false;
	}
}

static const char *
kind(const PLpgSQL_stmt *stmt)
{
	switch (stmt->cmd_type)
	{
		case PLPGSQL_STMT_ASSIGN:
			return "assignment";
		case PLPGSQL_STMT_IF:
			return "IF";
		case PLPGSQL_STMT_WHILE:
			return "WHILE";
		case PLPGSQL_STMT_EXIT:
			return "EXIT";
		case PLPGSQL_STMT_CASE:
			return "CASE";
		case PLPGSQL_STMT_RETURN:
			return "RETURN";
		case PLPGSQL_STMT_RETURN_QUERY:
			return "RETURN QUERY";
		case PLPGSQL_STMT_EXECSQL:
			return "SQL";
		case PLPGSQL_STMT_DYNEXECUTE:
			return "EXECUTE";
		case PLPGSQL_STMT_PERFORM:
			return "PERFORM";
		case PLPGSQL_STMT_FORS:
		case PLPGSQL_STMT_FORC:
		case PLPGSQL_STMT_DYNFORS:
			return "FOR over rows";
		case PLPGSQL_STMT_FORI:
			return "FOR over numbers";
		case PLPGSQL_STMT_FOREACH_A:
			return "FOREACH";
		case PLPGSQL_STMT_OPEN:
			return "OPEN";
		case PLPGSQL_STMT_FETCH:
			return ((const PLpgSQL_stmt_fetch *) stmt)->is_move ? "MOVE" : "FETCH";
		case PLPGSQL_STMT_CLOSE:
			return "CLOSE";
		case PLPGSQL_STMT_RETURN_NEXT:
			return "RETURN NEXT";
		case PLPGSQL_STMT_RAISE:
			return "RAISE";
		case PLPGSQL_STMT_ASSERT:
			return "ASSERT";
		case PLPGSQL_STMT_CALL:
			return "CALL";
		case PLPGSQL_STMT_COMMIT:
			return "COMMIT";
		case PLPGSQL_STMT_ROLLBACK:
			return "ROLLBACK";
		default:
			return "statement";
	}
}

static const char *
statement_text(const PLpgSQL_stmt *stmt)
{
	const PLpgSQL_expr *expr = NULL;

	switch (stmt->cmd_type)
	{
		case PLPGSQL_STMT_ASSIGN:
			expr = ((const PLpgSQL_stmt_assign *) stmt)->expr;
			break;
		case PLPGSQL_STMT_IF:
			expr = ((const PLpgSQL_stmt_if *) stmt)->cond;
			break;
		case PLPGSQL_STMT_WHILE:
			expr = ((const PLpgSQL_stmt_while *) stmt)->cond;
			break;
		case PLPGSQL_STMT_EXIT:
			expr = ((const PLpgSQL_stmt_exit *) stmt)->cond;
			break;
		case PLPGSQL_STMT_CASE:
			expr = ((const PLpgSQL_stmt_case *) stmt)->t_expr;
			break;
		case PLPGSQL_STMT_RETURN:
			expr = ((const PLpgSQL_stmt_return *) stmt)->expr;
			break;
		case PLPGSQL_STMT_RETURN_QUERY:
			expr = ((const PLpgSQL_stmt_return_query *) stmt)->query;
			break;
		case PLPGSQL_STMT_EXECSQL:
			expr = ((const PLpgSQL_stmt_execsql *) stmt)->sqlstmt;
			break;
		case PLPGSQL_STMT_DYNEXECUTE:
			expr = ((const PLpgSQL_stmt_dynexecute *) stmt)->query;
			break;
		case PLPGSQL_STMT_PERFORM:
			expr = ((const PLpgSQL_stmt_perform *) stmt)->expr;
			break;
		case PLPGSQL_STMT_FORS:
			expr = ((const PLpgSQL_stmt_fors *) stmt)->query;
			break;
		case PLPGSQL_STMT_DYNFORS:
			expr = ((const PLpgSQL_stmt_dynfors *) stmt)->query;
			break;
		case PLPGSQL_STMT_FOREACH_A:
			expr = ((const PLpgSQL_stmt_foreach_a *) stmt)->expr;
			break;
		case PLPGSQL_STMT_OPEN:
			{
				const PLpgSQL_stmt_open *open = (const PLpgSQL_stmt_open *) stmt;

				expr = open->query ? open->query : open->dynquery ? open->dynquery : open->argquery;
				break;
			}
		case PLPGSQL_STMT_RETURN_NEXT:
			expr = ((const PLpgSQL_stmt_return_next *) stmt)->expr;
			break;
		case PLPGSQL_STMT_ASSERT:
			expr = ((const PLpgSQL_stmt_assert *) stmt)->cond;
			break;
		case PLPGSQL_STMT_CALL:
			expr = ((const PLpgSQL_stmt_call *) stmt)->expr;
			break;
		default:
			break;
	}
	return expr ? expr->query : "";
}

static bool
is_watched(void)
{
	return gate_socket != NULL && gate_socket[0] != '\0' && !gate_pause && !IsParallelWorker();
}

static void
stop_before(const char *function, int line_number, const char *kind, const char *text)
{
	/* The controller reads as much at once. */
	char		line[8192];
	char		copy[7000];
	int			length;

	if (gate_fd < 0)
		call_controller();
	strlcpy(copy, text, pg_mbcliplen(text, strlen(text), sizeof(copy) - 1) + 1);
	for (char *c = copy; *c; c++)
	{
		if (isspace((unsigned char) *c))
			*c = ' ';
	}
	length = snprintf(line, sizeof(line), "%.900s\t%d\t%s\t%s\n", function, line_number, kind, copy);
	if (send(gate_fd, line, length, MSG_NOSIGNAL) != length)
	{
		hang_up();
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("the controller at \"%s\" is gone", gate_socket)));
	}
	wait_for_controller();
}

static void
stmt_beg(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt)
{
	if (next_stmt_beg)
		next_stmt_beg(estate, stmt);
	if (!is_watched() || stmt->cmd_type == PLPGSQL_STMT_BLOCK || (!gate_all && stays_inside(stmt)))
		return;
	stop_before(estate->func->fn_signature, stmt->lineno, kind(stmt), statement_text(stmt));
}

/* Skips blanks, semicolons and comments. */
static const char *
next_statement(const char *text)
{
	for (;;)
	{
		if (*text == ';' || isspace((unsigned char) *text))
			text++;
		else if (text[0] == '-' && text[1] == '-')
			text += strcspn(text, "\n");
		else if (text[0] == '/' && text[1] == '*')
		{
			int			depth = 0;

			do
			{
				int			change = (text[0] == '/' && text[1] == '*') - (text[0] == '*' && text[1] == '/');

				depth += change;
				text += change == 0 ? 1 : 2;
			} while (depth > 0 && *text);
		}
		else
			return text;
	}
}

/* Stops after a statement if the text that it is part of has another one. */
static void
stop_after(const char *source, int location, int length)
{
	const char *function = debug_query_string && strcmp(source, debug_query_string) == 0 ? "" : "SQL function";
	const char *next;
	const char *at;
	int			line = 1;

	/* A body that begins with BEGIN ATOMIC is kept without its text. */
	if (location < 0 && source[0] == '\0')
	{
		stop_before(function, 0, "statement", "");
		return;
	}
	/* A length of zero means: to the end of the text. */
	if (location < 0 || length == 0)
		return;
	next = next_statement(source + location + length);
	if (*next == '\0')
		return;
	for (at = source; at < next; at++)
		line += *at == '\n';
	stop_before(function, line, "SQL", next);
}

static void
executor_end(QueryDesc *query)
{
	const char *source = query->sourceText;
	int			location = query->plannedstmt->stmt_location;
	int			length = query->plannedstmt->stmt_len;

	if (next_executor_end)
		next_executor_end(query);
	else
		standard_ExecutorEnd(query);
	if (is_watched())
		stop_after(source, location, length);
}

/* After these nothing has happened that another session could observe. */
static bool
is_silent(const Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_TransactionStmt:
		case T_VariableSetStmt:
		case T_VariableShowStmt:
		case T_DiscardStmt:
		case T_LoadStmt:
		case T_ListenStmt:
		case T_UnlistenStmt:
		case T_PrepareStmt:
		case T_DeallocateStmt:
		case T_ClosePortalStmt:
			return true;
		default:
			return false;
	}
}

static void
process_utility(PlannedStmt *statement, const char *source, bool read_only_tree, ProcessUtilityContext context, ParamListInfo params,
				QueryEnvironment *environment, DestReceiver *receiver, QueryCompletion *completion)
{
	bool		is_part = context != PROCESS_UTILITY_SUBCOMMAND && !is_silent(statement->utilityStmt);
	int			location = statement->stmt_location;
	int			length = statement->stmt_len;

	if (next_process_utility)
		next_process_utility(statement, source, read_only_tree, context, params, environment, receiver, completion);
	else
		standard_ProcessUtility(statement, source, read_only_tree, context, params, environment, receiver, completion);
	if (is_part && location >= 0 && length > 0 && is_watched())
		stop_after(source, location, length);
}

void
_PG_init(void)
{
	PLpgSQL_plugin **plugin = (PLpgSQL_plugin **) find_rendezvous_variable("PLpgSQL_plugin");

	DefineCustomStringVariable("domainflow_gate.socket",
							   "The Unix socket of the controller that is asked before each PL/pgSQL statement.",
							   NULL, &gate_socket, "", PGC_SUSET, 0, check_socket, assign_socket, NULL);
	DefineCustomBoolVariable("domainflow_gate.all",
							 "Also asks before statements that reach nothing outside their function.",
							 NULL, &gate_all, false, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("domainflow_gate.pause",
							 "Asks before no statement, until it is off again.",
							 NULL, &gate_pause, false, PGC_USERSET, 0, NULL, NULL, NULL);
	if (*plugin)
	{
		gate_plugin = **plugin;
		next_stmt_beg = (*plugin)->stmt_beg;
	}
	gate_plugin.stmt_beg = stmt_beg;
	*plugin = &gate_plugin;
	next_executor_end = ExecutorEnd_hook;
	ExecutorEnd_hook = executor_end;
	next_process_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
}
