import { Module } from '@nestjs/common';
import { drizzle, type LibSQLDatabase } from 'drizzle-orm/libsql';

export type Db = LibSQLDatabase;

/** The token that the database is injected by. */
export const DB = Symbol('DB');

@Module({
  providers: [{ provide: DB, useFactory: (): Db => drizzle(`file:${process.env.DATABASE ?? 'app.db'}`) }],
  exports: [DB],
})
export class DatabaseModule {}
